package io.sluice.examples.rolling;

import java.util.function.Supplier;

/** What people see while a load runs. */
interface View extends AutoCloseable {
    /** The workers of a strategy are READY and the load starts. */
    void begins(Supplier<Snapshot> now);

    /** The phase without restarts is over. */
    void calmEnds(Snapshot now);

    /** A worker was replaced. */
    void restarted(Restart restart, Snapshot now);

    /** The load of a strategy is over. */
    void ends(StrategyResult result);

    /** Nothing more is to be seen, whether or not what began has ended. */
    @Override
    void close();
}
