package io.sluice.dropwizard;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.dropwizard.jetty.ConnectorFactory;
import io.dropwizard.util.Duration;
import io.dropwizard.validation.MinDuration;
import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.concurrent.TimeUnit;

/**
 * The properties that every connector type of Sluice has beside those of Dropwizard's type that it extends. One that is
 * not set, or set to null, is null here and has the default of {@link DrainingServerConnector}.
 *
 * <p>{@code acceptQueueSize}, a property of Dropwizard's, has that default too where it is not set.
 */
public interface DrainingConnectorFactory extends ConnectorFactory {
    /**
     * Where the properties are kept, and the way to the connector.
     *
     * @return always the same object
     */
    DrainSettings drainSettings();

    /**
     * The longest time that a drain may take in all. A shorter {@code shutdownGracePeriod} of the server takes its place.
     *
     * @return at least 1 ms; null for 5 s
     */
    @JsonProperty
    @MinDuration(value = 1, unit = TimeUnit.MILLISECONDS)
    default Duration getDrainTimeout() {
        return drainSettings().drainTimeout;
    }

    /**
     * Sets the longest time that a drain may take in all.
     *
     * @param drainTimeout at least 1 ms, and more than drainSettle, else an error at start; null for 5 s
     */
    @JsonProperty
    default void setDrainTimeout(Duration drainTimeout) {
        drainSettings().drainTimeout = drainTimeout;
    }

    /**
     * How long a connection without a request under way may still send one after the drain has begun.
     *
     * @return 0 or more; null for 1 s
     */
    @JsonProperty
    default Duration getKeepAliveGrace() {
        return drainSettings().keepAliveGrace;
    }

    /**
     * Sets how long a connection without a request under way may still send one after the drain has begun.
     *
     * @param keepAliveGrace 0 or more; 0 loses requests that are on their way; null for 1 s
     */
    @JsonProperty
    default void setKeepAliveGrace(Duration keepAliveGrace) {
        drainSettings().keepAliveGrace = keepAliveGrace;
    }

    /**
     * How long a drain waits for half-open handshakes.
     *
     * @return at least 1 ms; null for 3 s
     */
    @JsonProperty
    @MinDuration(value = 1, unit = TimeUnit.MILLISECONDS)
    default Duration getHandshakeTimeout() {
        return drainSettings().handshakeTimeout;
    }

    /**
     * Sets how long a drain waits for half-open handshakes.
     *
     * @param handshakeTimeout at least 1 ms, else an error at start; null for 3 s
     */
    @JsonProperty
    default void setHandshakeTimeout(Duration handshakeTimeout) {
        drainSettings().handshakeTimeout = handshakeTimeout;
    }

    /**
     * The pause between the two passes of a drain with {@link DrainStrategy#TWO_PASS}.
     *
     * @return at least 1 ms; null for 10 ms
     */
    @JsonProperty
    @MinDuration(value = 1, unit = TimeUnit.MILLISECONDS)
    default Duration getDrainSettle() {
        return drainSettings().drainSettle;
    }

    /**
     * Sets the pause between the two passes of a drain with {@link DrainStrategy#TWO_PASS}.
     *
     * @param drainSettle at least 1 ms, and less than drainTimeout, else an error at start; null for 10 ms
     */
    @JsonProperty
    default void setDrainSettle(Duration drainSettle) {
        drainSettings().drainSettle = drainSettle;
    }

    /**
     * How long everything goes on after a stop, before the drain begins.
     *
     * @return 0 or more; null for 0
     */
    @JsonProperty
    default Duration getPreDrainDelay() {
        return drainSettings().preDrainDelay;
    }

    /**
     * Sets how long everything goes on after a stop, before the drain begins.
     *
     * @param preDrainDelay 0 or more; null for 0
     */
    @JsonProperty
    default void setPreDrainDelay(Duration preDrainDelay) {
        drainSettings().preDrainDelay = preDrainDelay;
    }

    /**
     * How long everything goes on after a stop while no other process listens on the port.
     *
     * @return 0 or more; null for 0
     */
    @JsonProperty
    default Duration getWaitForSuccessor() {
        return drainSettings().waitForSuccessor;
    }

    /**
     * Sets how long everything goes on after a stop while no other process listens on the port.
     *
     * @param waitForSuccessor 0 or more; null for 0
     */
    @JsonProperty
    default void setWaitForSuccessor(Duration waitForSuccessor) {
        drainSettings().waitForSuccessor = waitForSuccessor;
    }

    /**
     * The port of this process alone that tells whether the server is ready, see {@link io.sluice.ReadinessPort}.
     *
     * @return 0 to 65535; null for none
     */
    @JsonProperty
    @Min(0)
    @Max(65535)
    default Integer getReadinessPort() {
        return drainSettings().readinessPort;
    }

    /**
     * Sets the port of this process alone that tells whether the server is ready. One connector of a server is enough.
     *
     * @param readinessPort each process its own; 0 for a free one; null for none
     */
    @JsonProperty
    default void setReadinessPort(Integer readinessPort) {
        drainSettings().readinessPort = readinessPort;
    }

    /**
     * How the accept queue is emptied before the listener is closed.
     *
     * @return the strategy; null for {@link DrainStrategy#AUTO}
     */
    @JsonProperty
    @JsonSerialize(using = ToStringSerializer.class)
    default DrainStrategy getDrainStrategy() {
        return drainSettings().drainStrategy;
    }

    /**
     * Sets how the accept queue is emptied before the listener is closed.
     *
     * @param drainStrategy {@code auto}, {@code hand-over}, {@code steer}, {@code gate} or {@code two-pass}; one that cannot work here is an
     *     error at start; null for {@code auto}
     * @throws IllegalArgumentException if there is no strategy of that name
     */
    @JsonProperty
    default void setDrainStrategy(String drainStrategy) {
        drainSettings().drainStrategy = drainStrategy == null ? null : DrainStrategy.of(drainStrategy);
    }

    /**
     * Whether other processes may listen on the same port.
     *
     * @return null for true
     */
    @JsonProperty
    default Boolean getReusePort() {
        return drainSettings().reusePort;
    }

    /**
     * Sets whether other processes may listen on the same port.
     *
     * @param reusePort true is an error at start where the platform has no {@code SO_REUSEPORT}; null for true
     */
    @JsonProperty
    default void setReusePort(Boolean reusePort) {
        drainSettings().reusePort = reusePort;
    }

    /**
     * Whether each acceptor has a listener of its own, where there are several acceptor threads.
     *
     * @return null for the connector's default, true
     */
    @JsonProperty
    default Boolean getListenerPerAcceptor() {
        return drainSettings().listenerPerAcceptor;
    }

    /**
     * Sets whether each acceptor has a listener of its own, see {@link
     * io.sluice.DrainingServerConnector#setListenerPerAcceptor}.
     *
     * @param listenerPerAcceptor null for the connector's default, true
     */
    @JsonProperty
    default void setListenerPerAcceptor(Boolean listenerPerAcceptor) {
        drainSettings().listenerPerAcceptor = listenerPerAcceptor;
    }

    /**
     * Whether the process that takes the listeners over goes on with open connections too.
     *
     * @return null for the connector's default, true
     */
    @JsonProperty
    default Boolean getHandOverConnections() {
        return drainSettings().handOverConnections;
    }

    /**
     * Sets whether the process that takes the listeners over goes on with open connections too, see {@link
     * io.sluice.DrainingServerConnector#setHandOverConnections}.
     *
     * @param handOverConnections null for the connector's default, true
     */
    @JsonProperty
    default void setHandOverConnections(Boolean handOverConnections) {
        drainSettings().handOverConnections = handOverConnections;
    }
}
