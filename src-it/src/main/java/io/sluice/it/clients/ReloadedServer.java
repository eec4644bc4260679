package io.sluice.it.clients;

import io.sluice.examples.rolling.ReservedPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server whose first process goes on, and replaces the processes that serve when it gets a signal. */
final class ReloadedServer implements ServerGroup {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(5);

    private final RunningProgram program;
    private final InetSocketAddress address;
    private final String reload;

    private ReloadedServer(RunningProgram program, InetSocketAddress address, String reload) {
        this.program = program;
        this.address = address;
        this.reload = reload;
    }

    /**
     * Starts it, and waits until it listens.
     *
     * @param command writes its configuration
     * @param reload the signal, without SIG
     */
    static ReloadedServer start(Command command, String reload) throws IOException, InterruptedException {
        InetSocketAddress address;
        try (ReservedPort port = ReservedPort.any()) { // Without SO_REUSEPORT it could not share it.
            address = port.address();
        }
        RunningProgram program = RunningProgram.start(command.at(address));
        try {
            program.awaitListening(address);
            return new ReloadedServer(program, address, reload);
        } catch (IOException | InterruptedException | RuntimeException x) {
            program.close();
            throw x;
        }
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public Duration restart() throws IOException, InterruptedException {
        List<ProcessHandle> old = program.children();
        long start = System.nanoTime();
        program.signal(reload);
        while (old.stream().anyMatch(ProcessHandle::isAlive)) {
            if (System.nanoTime() - start > LIMIT.toNanos()) {
                throw new IllegalStateException("a process outlives its reload: " + program.output());
            }
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        if (!program.isAlive() || program.children().isEmpty()) {
            throw new IllegalStateException("nobody serves after a reload: " + program.output());
        }
        return took;
    }

    @Override
    public void close() {
        List<ProcessHandle> children = program.children();
        program.close();
        children.forEach(ProcessHandle::destroyForcibly);
    }

    /** Tells how it is started. */
    @FunctionalInterface
    interface Command {
        List<String> at(InetSocketAddress address) throws IOException;
    }
}
