package io.sluice.it.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** A worker of each contender. Both live all the time; while one is measured the other only waits. */
final class ContenderPair implements AutoCloseable {
    /** Rounds until the compiler has done its work: what comes before costs more than twice as much. */
    private static final int WARM_UPS = 3;

    private final String figure;
    private final Setting setting;
    private final MeasuredWorker sluice;
    private final MeasuredWorker stock;

    ContenderPair(String figure, Setting setting, int acceptors) throws IOException, InterruptedException {
        this.figure = figure;
        this.setting = setting;
        this.sluice = MeasuredWorker.start(setting, Contender.SLUICE, acceptors);
        try {
            this.stock = MeasuredWorker.start(setting, Contender.STOCK, acceptors);
        } catch (IOException | InterruptedException | RuntimeException x) {
            sluice.close();
            throw x;
        }
    }

    /** Rounds in turn, after some of each that only warm up. */
    Rounds rounds(int clients, Function<InetSocketAddress, Callable<? extends Client>> client) throws Exception {
        List<Pair<MeasuredWorker.Round>> all = Pair.inTurn(
                WARM_UPS + setting.pairs(),
                () -> sluice.round(clients, setting.round(), client),
                () -> stock.round(clients, setting.round(), client));
        return new Rounds(figure, all.subList(WARM_UPS, all.size()));
    }

    @Override
    public void close() {
        sluice.close();
        stock.close();
    }
}
