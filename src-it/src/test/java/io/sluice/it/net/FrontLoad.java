package io.sluice.it.net;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** wrk and h2load, which are run over and over until they are stopped. */
final class FrontLoad implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;
    private static final Pattern WRK_REQUESTS = Pattern.compile("(\\d+) requests in ");
    private static final Pattern WRK_SOCKET_ERRORS =
            Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");
    private static final Pattern WRK_BAD_ANSWERS = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
    private static final Pattern H2LOAD_REQUESTS = Pattern.compile("requests: (\\d+) total, .* (\\d+) succeeded,");
    private static final Pattern H2LOAD_STATUS = Pattern.compile("status codes: \\d+ 2xx, .* (\\d+) 5xx");

    private final NetworkNamespace network;
    private final List<FutureTask<Count>> clients = new ArrayList<>();
    private final AtomicLong runs = new AtomicLong();
    private volatile boolean stopped;

    /**
     * What became of a client's requests.
     *
     * @param client its name and the port that it talks to
     * @param requests those that had an outcome
     * @param errors answers 4xx and 5xx
     * @param unanswered connections that failed, and requests without an answer
     */
    record Count(String client, long requests, long errors, long unanswered) {
        Count plus(Count other) {
            return new Count(client, requests + other.requests, errors + other.errors, unanswered + other.unanswered);
        }

        long failed() {
            return errors + unanswered;
        }

        @Override
        public String toString() {
            return "%s: %d requests, %d answered 4xx or 5xx, %d not answered"
                    .formatted(client, requests, errors, unanswered);
        }
    }

    /**
     * Starts one of both for each port of loopback.
     *
     * @param network where the clients are
     */
    FrontLoad(NetworkNamespace network, int... ports) {
        Requirement.program("wrk", "wrk");
        Requirement.program("h2load", "nghttp2-client");
        this.network = network;
        for (int port : ports) {
            String url = "http://127.0.0.1:" + port + "/";
            start(() -> repeat(
                    new Count("wrk " + port, 0, 0, 0),
                    List.of("wrk", "-t", "1", "-c", "4", "-d", "1s", "--timeout", "10s", url)));
            start(() -> repeat(
                    new Count("h2load " + port, 0, 0, 0),
                    List.of("h2load", "-c", "2", "-m", "4", "-n", "500", "-T", "10", url)));
        }
    }

    private void start(Callable<Count> client) {
        FutureTask<Count> task = new FutureTask<>(client);
        clients.add(task);
        new Thread(task, "front-load-" + clients.size()).start();
    }

    private Count repeat(Count none, List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Count sum = none;
        while (!stopped) {
            ServiceManager.Ended ended = ServiceManager.Ended.of(network.call(builder::start));
            sum = sum.plus(command.contains("wrk") ? wrk(ended.output()) : h2load(ended.output()));
            runs.incrementAndGet();
        }
        return sum;
    }

    private static Count wrk(String output) {
        long unanswered = 0;
        Matcher sockets = WRK_SOCKET_ERRORS.matcher(output);
        if (sockets.find()) {
            for (int group = 1; group <= sockets.groupCount(); group++) {
                unanswered += Long.parseLong(sockets.group(group));
            }
        }
        Matcher bad = WRK_BAD_ANSWERS.matcher(output);
        return new Count("", number(WRK_REQUESTS, output), bad.find() ? Long.parseLong(bad.group(1)) : 0, unanswered);
    }

    private static Count h2load(String output) {
        long requests = number(H2LOAD_REQUESTS, output);
        Matcher succeeded = H2LOAD_REQUESTS.matcher(output);
        long failed = succeeded.find() ? requests - Long.parseLong(succeeded.group(2)) : 0;
        long errors = number(H2LOAD_STATUS, output);
        return new Count("", requests, errors, failed - errors);
    }

    private static long number(Pattern pattern, String output) {
        Matcher matcher = pattern.matcher(output);
        if (!matcher.find()) {
            throw new IllegalStateException("no summary in " + output);
        }
        return Long.parseLong(matcher.group(1));
    }

    /** How often a client has come to its end; all of them together. */
    long runs() {
        return runs.get();
    }

    /** Waits until each client has ended what it does. */
    List<Count> stop() throws Exception {
        stopped = true;
        List<Count> counts = new ArrayList<>();
        for (FutureTask<Count> client : clients) {
            counts.add(client.get(LIMIT_SECONDS, TimeUnit.SECONDS));
        }
        return counts;
    }

    @Override
    public void close() {
        stopped = true;
    }
}
