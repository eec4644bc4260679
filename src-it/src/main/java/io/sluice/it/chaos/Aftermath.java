package io.sluice.it.chaos;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What must be true when the restarts are over: nothing is left behind, and every listener gets its connections. */
final class Aftermath {
    private static final Pattern ANSWER = Pattern.compile("\\r\\n\\r\\nok (\\d+)");
    private static final Duration READY_LIMIT = Duration.ofSeconds(40);
    private static final int TRIES_FOR_EACH = 200;
    private static final int ANSWER_LIMIT_MILLIS = 5_000;

    private final Site site;

    Aftermath(Site site) {
        this.site = site;
    }

    void check() throws Exception {
        checkListeners();
        checkNothingIsLeft();
        // A program that a killed member left is detached by the next one that starts, which gets its part at once.
        WorkerProcess next = site.startAnother();
        next.awaitReady(READY_LIMIT);
        site.serving().add(next);
        checkListeners();
        checkEveryListenerIsServed();
    }

    private void checkListeners() throws Exception {
        Set<String> all = site.listeners();
        Set<String> others = new HashSet<>(all);
        for (WorkerProcess worker : site.serving()) {
            Set<String> sockets = Site.sockets(worker); // Those that it keeps for others are among them.
            if (Collections.disjoint(all, sockets)) {
                site.violation("a worker without a listener");
            }
            others.removeAll(sockets);
        }
        if (others.size() != site.foreignMembers()) {
            site.violation("%d listeners of %d others than workers".formatted(others.size(), site.foreignMembers()));
        }
    }

    /** The lock of a drain is a name in this list (see DrainLock), and must have gone with its holder. */
    private void checkNothingIsLeft() throws Exception {
        String names = site.servers().run("cat", "/proc/net/unix");
        if (names.contains("@sluice-drain-")) {
            site.violation("a drain's turn is left: " + names);
        }
    }

    private void checkEveryListenerIsServed() throws Exception {
        Set<Long> silent = new HashSet<>();
        site.serving().forEach(worker -> silent.add(worker.pid()));
        int tries = TRIES_FOR_EACH * silent.size();
        for (int i = 0; i < tries && !silent.isEmpty(); i++) {
            silent.remove(site.asClient(this::whoAnswers));
        }
        if (!silent.isEmpty()) {
            site.violation("nothing from %d of %d workers in %d requests"
                    .formatted(silent.size(), site.serving().size(), tries));
        }
    }

    private long whoAnswers() throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(site.address(), ANSWER_LIMIT_MILLIS);
            socket.setSoTimeout(ANSWER_LIMIT_MILLIS);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            Matcher answer =
                    ANSWER.matcher(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
            return answer.find() ? Long.parseLong(answer.group(1)) : 0;
        }
    }
}
