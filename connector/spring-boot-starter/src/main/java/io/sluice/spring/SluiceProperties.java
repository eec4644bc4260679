package io.sluice.spring;

import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import io.sluice.ReadinessPort;
import java.time.Duration;
import org.eclipse.jetty.server.Server;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * The properties {@code sluice.*}. What is not set keeps the connector's own default; a duration without a unit is in
 * milliseconds.
 *
 * @param enabled whether Jetty's connectors are replaced at all, true by default
 * @param drainTimeout the longest time that a drain may take, see {@link DrainingServerConnector#setDrainTimeout}
 * @param keepAliveGrace how long a connection without a request under way may still send one, see {@link
 *     DrainingServerConnector#setKeepAliveGrace}
 * @param handshakeTimeout how long half-open handshakes are waited for, see {@link
 *     DrainingServerConnector#setHandshakeTimeout}
 * @param drainSettle the pause between the two accept passes, see {@link DrainingServerConnector#setDrainSettle}
 * @param preDrainDelay how long everything goes on after a stop, before the drain begins, see {@link
 *     DrainingServerConnector#setPreDrainDelay}; not for the management server, which stops at another moment
 * @param waitForSuccessor how long everything goes on while no other process listens, see {@link
 *     DrainingServerConnector#setWaitForSuccessor}; likewise
 * @param readinessPort a port of this process alone that tells whether it is ready, see {@link ReadinessPort}; none if it
 *     is not set; not for the management server
 * @param drainStrategy how the accept queue is emptied, see {@link DrainStrategy}
 * @param reusePort whether several processes share the port, see {@link DrainingServerConnector#setReusePort}
 * @param acceptQueueSize the length of the accept queue, see {@link DrainingServerConnector#setAcceptQueueSize}
 */
@ConfigurationProperties("sluice")
public record SluiceProperties(
        @DefaultValue("true") boolean enabled,
        Duration drainTimeout,
        Duration keepAliveGrace,
        Duration handshakeTimeout,
        Duration drainSettle,
        Duration preDrainDelay,
        Duration waitForSuccessor,
        Integer readinessPort,
        DrainStrategy drainStrategy,
        Boolean reusePort,
        Integer acceptQueueSize) {

    /**
     * Passes on what is set.
     *
     * @throws InvalidConfigurationPropertyValueException if the connector refuses a value
     */
    void applyTo(DrainingServerConnector connector) {
        apply("drain-timeout", drainTimeout, value -> connector.setDrainTimeout(value.toMillis()));
        apply("keep-alive-grace", keepAliveGrace, value -> connector.setKeepAliveGrace(value.toMillis()));
        apply("handshake-timeout", handshakeTimeout, value -> connector.setHandshakeTimeout(value.toMillis()));
        apply("drain-settle", drainSettle, value -> connector.setDrainSettle(value.toMillis()));
        apply("pre-drain-delay", preDrainDelay, value -> connector.setPreDrainDelay(value.toMillis()));
        apply("wait-for-successor", waitForSuccessor, value -> connector.setWaitForSuccessor(value.toMillis()));
        apply("drain-strategy", drainStrategy, connector::setDrainStrategy);
        apply("reuse-port", reusePort, connector::setReusePort);
        apply("accept-queue-size", acceptQueueSize, connector::setAcceptQueueSize);
    }

    /**
     * Gives the server its readiness port, if there is to be one.
     *
     * @throws InvalidConfigurationPropertyValueException if it is no port
     */
    void addReadinessPort(Server server, String host) {
        apply("readiness-port", readinessPort, port -> server.addBean(new ReadinessPort(server, host, port)));
    }

    /** The same, for a server whose stop nobody should wait for. */
    SluiceProperties withoutWaiting() {
        return new SluiceProperties(
                enabled,
                drainTimeout,
                keepAliveGrace,
                handshakeTimeout,
                drainSettle,
                null,
                null,
                null,
                drainStrategy,
                reusePort,
                acceptQueueSize);
    }

    private static <T> void apply(String property, T value, Setter<T> setter) {
        if (value == null) {
            return;
        }
        try {
            setter.set(value);
        } catch (IllegalArgumentException | ArithmeticException x) {
            throw new InvalidConfigurationPropertyValueException("sluice." + property, value, x.getMessage());
        }
    }

    private interface Setter<T> {
        void set(T value);
    }
}
