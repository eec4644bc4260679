package io.sluice.it.chaos;

import io.sluice.examples.rolling.WorkerProcess;
import java.time.Duration;

/**
 * Something that goes wrong, or is out of the ordinary, while workers are restarted: what it does at each moment of that.
 * Several can come together.
 */
interface Fault {
    /** How far away the clients are. */
    default Distance distance() {
        return Distance.NONE;
    }

    /** What the clients' losses must be equal to. */
    default Loss loss() {
        return Loss.NONE;
    }

    /** How many workers share the port. */
    default int members() {
        return 2;
    }

    /** How many workers are replaced. */
    default int restarts() {
        return 3;
    }

    /** How long a stop may take: drainTimeout and stopTimeout are both 5 s, and the JVM wants to end too. */
    default Duration stopLimit() {
        return Duration.ofSeconds(13);
    }

    /** How workers replace one another. */
    default Order order() {
        return Order.NEW_FIRST;
    }

    /** How a worker is started, the next one too. */
    default Launch launch(Site site, Launch usual) throws Exception {
        return usual;
    }

    /** Throws {@link io.sluice.it.net.Requirement.MissingException} where the machine lacks something for this. */
    default void require() {}

    /** Before the first worker starts. */
    default void prepare(Site site) throws Exception {}

    /** When all workers serve, under load. */
    default void serving(Site site) throws Exception {}

    /** Before a worker is stopped; its successor serves already, if it is started first. */
    default void stopping(Site site, WorkerProcess worker) throws Exception {}

    /**
     * Stops the worker instead of SIGTERM. The worker is frozen meanwhile, so this must not wait for it.
     *
     * @return whether it did
     */
    default boolean stop(Site site, WorkerProcess worker) throws Exception {
        return false;
    }

    /** Right after the worker was told to stop, while it drains. */
    default void draining(Site site, WorkerProcess worker) throws Exception {}

    /** When the last restart is over, before anything is counted: ends what it has begun. */
    default void over(Site site) throws Exception {}
}
