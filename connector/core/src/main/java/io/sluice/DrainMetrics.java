package io.sluice;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * A connector's figures for Micrometer: {@code sluice.drain} (a timer: how many drains, how long), {@code
 * sluice.drain.connections} (drained from the accept queue), {@code sluice.drain.stragglers} (of those, the ones after the
 * first pass), {@code sluice.drain.lost}, {@code sluice.drain.handed.over} (listeners that another process took), {@code
 * sluice.drain.connections.handed.over} (open connections that it went on with), {@code sluice.adopted} (listeners taken
 * from others, with the tag {@code crashed}), {@code sluice.adopted.connections} (open connections), {@code
 * sluice.adopted.lost} (those that could not be served after all), and the gauges {@code
 * sluice.accept.queue.length} and {@code sluice.accept.queue.size}, which tell of a full backlog before clients do. Needs
 * {@code micrometer-core}.
 *
 * <p>A process is about to end when it drains: only registries that publish at the end (Micrometer's push registries do when
 * they are closed) or are scraped on another port will tell of it.
 */
public final class DrainMetrics implements MeterBinder {
    private final DrainingServerConnector connector;
    private final Tags tags;

    /**
     * Of one connector.
     *
     * @param connector the connector
     * @param tags put on all meters; the connectors of a process need different ones
     */
    public DrainMetrics(DrainingServerConnector connector, Tags tags) {
        this.connector = connector;
        this.tags = tags;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Timer drains = Timer.builder("sluice.drain")
                .description("Drains, from their start until everybody was answered")
                .tags(tags)
                .register(registry);
        Counter connections = counter(registry, "connections", "Connections drained from the accept queue");
        Counter stragglers = counter(registry, "stragglers", "Connections drained after the first accept pass");
        Counter lost = counter(registry, "lost", "Connections lost in a drain, as far as can be known");
        Counter handedOver = counter(registry, "handed.over", "Listeners that another process has taken over");
        Counter openHandedOver =
                counter(registry, "connections.handed.over", "Open connections that another process goes on with");
        Counter open = Counter.builder("sluice.adopted.connections")
                .description("Open connections that were taken over from processes that stopped")
                .tags(tags)
                .register(registry);
        Counter adoptedLost = Counter.builder("sluice.adopted.lost")
                .description("Open connections that were handed over and could not be served here after all")
                .tags(tags)
                .register(registry);
        Counter ofStopped = adopted(registry, false);
        Counter ofCrashed = adopted(registry, true);
        Gauge.builder("sluice.accept.queue.length", connector, DrainingServerConnector::getAcceptQueueLength)
                .description("Connections that wait in the accept queue; -1 if unknown")
                .tags(tags)
                .register(registry);
        Gauge.builder("sluice.accept.queue.size", connector, DrainingServerConnector::getAcceptQueueSize)
                .description("How many connections may wait, as configured")
                .tags(tags)
                .register(registry);
        connector.addEventListener(new DrainListener() {
            @Override
            public void onDrainFinished(DrainingServerConnector drained, DrainReport report) {
                drains.record(report.untilAnswered());
                connections.increment((double) report.firstPass() + report.stragglers());
                stragglers.increment(report.stragglers());
                lost.increment(Math.max(0, report.lost()));
                handedOver.increment(report.handedOver());
                openHandedOver.increment(report.connectionsHandedOver());
            }

            @Override
            public void onAdopted(DrainingServerConnector adopter, Adoption adoption) {
                open.increment(adoption.connections());
                adoptedLost.increment(adoption.lost());
                (adoption.crashed() ? ofCrashed : ofStopped).increment(adoption.listeners());
            }
        });
    }

    private Counter adopted(MeterRegistry registry, boolean crashed) {
        return Counter.builder("sluice.adopted")
                .description("Listeners that were taken over from processes that stopped or crashed")
                .tags(tags)
                .tag("crashed", Boolean.toString(crashed))
                .register(registry);
    }

    private Counter counter(MeterRegistry registry, String what, String description) {
        return Counter.builder("sluice.drain." + what)
                .description(description)
                .tags(tags)
                .register(registry);
    }
}
