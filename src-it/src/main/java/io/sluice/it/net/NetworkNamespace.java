package io.sluice.it.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/** A network of its own, with nothing but loopback in it. Closing it deletes it. */
public final class NetworkNamespace implements AutoCloseable {
    private static final AtomicInteger MADE = new AtomicInteger();

    private final String name;

    private NetworkNamespace(String name) {
        this.name = name;
    }

    /** Makes one. Needs root. */
    public static NetworkNamespace create() throws IOException, InterruptedException {
        Requirement.root();
        Requirement.program("ip", "iproute2");
        String name = "sluice-%d-%d".formatted(ProcessHandle.current().pid(), MADE.incrementAndGet());
        try {
            Command.run(List.of("ip", "netns", "add", name));
        } catch (IOException x) {
            throw Requirement.missing("the right to make network namespaces (CAP_SYS_ADMIN): " + x.getMessage());
        }
        NetworkNamespace namespace = new NetworkNamespace(name);
        try {
            namespace.run("ip", "link", "set", "lo", "up");
            return namespace;
        } catch (IOException | InterruptedException | RuntimeException x) {
            namespace.close();
            throw x;
        }
    }

    /** As {@code ip} knows it. */
    public String name() {
        return name;
    }

    /** Runs a command in the namespace and returns what it printed. */
    public String run(String... command) throws IOException, InterruptedException {
        List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", name));
        inside.addAll(List.of(command));
        return Command.run(inside);
    }

    /**
     * Runs a task on a thread that is in the namespace. Its sockets are, and so are the processes and threads that it
     * starts, for as long as they live.
     */
    public <T> T call(Callable<T> task) throws Exception {
        FutureTask<T> inside = new FutureTask<>(() -> {
            enter();
            return task.call();
        });
        // A thread for this one task, because it cannot be used for anything outside any more.
        new Thread(inside, "in-" + name).start();
        try {
            return inside.get();
        } catch (ExecutionException x) {
            throw x.getCause() instanceof Exception cause ? cause : x;
        }
    }

    private void enter() {
        int fd = Libc.open("/run/netns/" + name, Libc.O_RDONLY | Libc.O_CLOEXEC);
        try {
            Libc.setns(fd, Libc.CLONE_NEWNET);
        } finally {
            Libc.close(fd);
        }
    }

    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        try {
            Command.run(List.of("ip", "netns", "delete", name));
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        } catch (InterruptedException x) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
