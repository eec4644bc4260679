package io.sluice.it.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Ends filled accept queues and prints how long each took, see {@link Ending}. What is first is the JVM's first. */
@Command(name = "drain-worker", mixinStandardHelpOptions = true)
public final class DrainWorker implements Callable<Integer> {
    @Option(names = "--sides", split = ",", required = true)
    private List<Side> sides;

    @Option(names = "--queue", required = true)
    private int queue;

    @Option(names = "--members", required = true)
    private int members;

    @Option(names = "--times", required = true)
    private int times;

    /**
     * Measures.
     *
     * @param args the options
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new DrainWorker())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        List<Side> order = new ArrayList<>(sides);
        for (int i = 0; i < times; i++) {
            for (Side side : order) {
                System.out.println(end(side).line());
            }
            Collections.reverse(order);
        }
        return CommandLine.ExitCode.OK;
    }

    private Ending end(Side side) throws Exception {
        return switch (side) {
            case SLUICE -> new QueuedStop(queue, members).ofSluice();
            case STOCK -> new QueuedStop(queue, members).ofStock();
            case LOOP -> AcceptLoop.run(queue);
        };
    }
}
