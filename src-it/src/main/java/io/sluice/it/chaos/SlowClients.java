package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcome;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Clients that take their time: with sending, with reading, or for ever. */
final class SlowClients {
    private SlowClients() {}

    /** Half a request holds the stop, but what comes to its end within drainTimeout is answered. */
    static final class SlowHeaders extends LoopingClients {
        private final Duration eachByte;

        SlowHeaders(Duration eachByte) {
            super(8);
            this.eachByte = eachByte;
        }

        @Override
        Optional<Outcome> talk(Site site, BooleanSupplier over) throws IOException, InterruptedException {
            try (Talk talk = new Talk(site.address())) {
                talk.sendSlowly(Talk.LAST_REQUEST, 1, eachByte);
                return Optional.of(talk.receive().outcome());
            }
        }
    }

    /** Who never ends a request is waited for during drainTimeout, and reported as unanswered. */
    static final class HalfRequests extends LoopingClients {
        private static final int LOOK_MILLIS = 100;
        private static final String HALF = Talk.LAST_REQUEST.substring(0, 20);

        HalfRequests() {
            super(6);
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--drain-timeout-ms", "1500", "--stop-timeout-ms", "1500");
        }

        /** The drain, Jetty's own stop, and the JVM. */
        @Override
        public Duration stopLimit() {
            return Duration.ofSeconds(5);
        }

        @Override
        public Loss loss() {
            return Loss.AS_REPORTED;
        }

        @Override
        Optional<Outcome> talk(Site site, BooleanSupplier over) throws IOException {
            try (Talk talk = new Talk(site.address())) {
                talk.send(HALF);
                talk.socket().setSoTimeout(LOOK_MILLIS);
                while (!over.getAsBoolean()) {
                    try {
                        // Whatever the server says to half a request, it is no answer.
                        return Optional.of(talk.isAtEnd() ? Outcome.RESET : Outcome.OTHER);
                    } catch (SocketTimeoutException x) {
                        continue;
                    }
                }
                return Optional.empty(); // Its server has not been stopped.
            }
        }
    }

    /** The whole body must come, though most of it is still in the server when the stop comes. */
    static final class SlowReaders extends LoopingClients {
        private static final int BUFFER = 16 * 1024;
        private static final Duration PAUSE = Duration.ofMillis(8);

        SlowReaders() {
            super(6);
        }

        /** For each write NIO copies all that is left into direct memory, and each thread keeps the most that it had. */
        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.withJvm("-Djdk.nio.maxCachedBufferSize=65536");
        }

        /** As much as the kernel takes off a server's hands; its usual limit is the whole answer (tcp(7), tcp_wmem). */
        @Override
        public void prepare(Site site) throws Exception {
            site.sysctl("net.ipv4.tcp_wmem", "4096 16384 65536");
        }

        @Override
        Optional<Outcome> talk(Site site, BooleanSupplier over) throws IOException, InterruptedException {
            try (Talk talk = new Talk(site.address(), BUFFER)) {
                talk.send(Talk.LAST_REQUEST.replace(" / ", " /large "));
                return Optional.of(talk.receive(BUFFER, PAUSE).outcome());
            }
        }
    }

    /** What has come must come back. */
    static final class SlowUploads extends LoopingClients {
        private static final Duration PAUSE = Duration.ofMillis(50);
        private static final int PIECE = 4096;
        private static final String BODY = "0123456789abcdef".repeat(40 * PIECE / 16);
        private static final String HEAD = "POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: text/plain;charset=us-ascii\r\nContent-Length: %d\r\n\r\n";

        SlowUploads() {
            super(6);
        }

        @Override
        Optional<Outcome> talk(Site site, BooleanSupplier over) throws IOException, InterruptedException {
            try (Talk talk = new Talk(site.address())) {
                talk.send(HEAD.formatted(BODY.length()));
                talk.sendSlowly(BODY, PIECE, PAUSE);
                Talk.Answer answer = talk.receive();
                boolean other = answer.outcome() == Outcome.OK && !answer.body().equals(BODY);
                return Optional.of(other ? Outcome.OTHER : answer.outcome());
            }
        }
    }
}
