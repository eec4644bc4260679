package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.Report;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Clients that leave, say too much at once, or nothing that makes sense. */
final class OddClients {
    /** The first bytes of what a browser says to a server that it believes to speak TLS. */
    static final String TLS_HELLO =
            "\u0016\u0003\u0001\u0000\u00c4\u0001\u0000\u0000\u00c0\u0003\u0003" + "x".repeat(100);

    private OddClients() {}

    /** Connections that are dead when they are accepted: the drain goes on, and nobody else is hurt. */
    static final class GoneFromQueue implements Fault {
        private static final int CLIENTS = 60;

        private final boolean reset;

        GoneFromQueue(boolean reset) {
            this.reset = reset;
        }

        @Override
        public boolean stop(Site site, WorkerProcess worker) throws Exception {
            site.asClient(() -> {
                for (int i = 0; i < CLIENTS; i++) {
                    try (Socket socket = new Socket()) {
                        socket.connect(site.address(), (int) Talk.LIMIT.toMillis());
                        if (i % 2 == 0) {
                            socket.getOutputStream().write(Talk.LAST_REQUEST.getBytes(StandardCharsets.US_ASCII));
                        }
                        if (reset) {
                            socket.setSoLinger(true, 0);
                        }
                    }
                }
                return null;
            });
            return false;
        }
    }

    /**
     * Several requests at once, in the queue of a worker that is told to stop. It answers the first of those that it
     * comes to in the drain with {@code Connection: close}, and none behind that; where it hands connections over, it
     * answers all of them, or another worker does.
     */
    static final class Pipelining implements Fault {
        private static final int CLIENTS = 20;
        private static final int REQUESTS = 3;
        private static final String ALL_AT_ONCE = Talk.REQUEST.repeat(REQUESTS - 1) + Talk.LAST_REQUEST;

        private final List<SideClients> clients = new ArrayList<>();
        private final AtomicInteger answeredOnce = new AtomicInteger();
        private final List<WorkerProcess> stopped = new ArrayList<>();

        /** So long that the drain begins before the first answer. */
        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--delay-ms", "40");
        }

        @Override
        public boolean stop(Site site, WorkerProcess worker) throws Exception {
            clients.add(SideClients.once(site, CLIENTS, over -> Optional.of(talk(site))));
            TimeUnit.MILLISECONDS.sleep(50); // Until they are in the queue.
            return false;
        }

        @Override
        public void stopping(Site site, WorkerProcess worker) {
            stopped.add(worker);
        }

        private boolean haveHandedOver() {
            return stopped.stream()
                    .filter(worker -> worker.drained().isPresent())
                    .anyMatch(worker -> Report.of(worker).strategy().equals("hand-over"));
        }

        private Outcome talk(Site site) throws IOException, InterruptedException {
            try (Talk talk = new Talk(site.address())) {
                talk.send(ALL_AT_ONCE);
                Talk.Answer answer = talk.receive();
                int answers = 1;
                while (answer.outcome() == Outcome.OK && !answer.saysClose() && answers < REQUESTS) {
                    answer = talk.receive();
                    answers++;
                }
                if (!answer.saysClose() || !talk.isAtEnd()) {
                    site.violation("after %d of %d pipelined requests: %s".formatted(answers, REQUESTS, answer.head()));
                }
                answeredOnce.addAndGet(answers == 1 ? 1 : 0);
                return answer.outcome();
            }
        }

        @Override
        public void over(Site site) throws Exception {
            for (SideClients each : clients) {
                each.end(site);
            }
            if (answeredOnce.get() == 0 && !haveHandedOver()) {
                site.violation("no pipelined requests were met by a drain");
            }
        }
    }

    /** What is no HTTP is refused or cut off, and soon. */
    static final class Garbage extends LoopingClients {
        private static final int SOON_MILLIS = 5_000;

        private final String words;

        Garbage(String words) {
            super(10);
            this.words = words;
        }

        @Override
        Optional<Outcome> talk(Site site, BooleanSupplier over) throws InterruptedException {
            try (Talk talk = new Talk(site.address())) {
                talk.send(words);
                talk.socket().setSoTimeout(SOON_MILLIS);
                Talk.Answer answer = talk.receive();
                if (!answer.head().startsWith("HTTP/1.1 400 ")) {
                    site.violation("garbage is answered by " + answer.head());
                }
            } catch (SocketTimeoutException x) {
                site.violation("nothing comes of garbage in %d ms".formatted(SOON_MILLIS));
            } catch (IOException x) {
                return Optional.empty(); // Cut off, which is no loss.
            }
            return Optional.empty();
        }
    }

    /** Who has said all it wants to say still hears the answer. */
    static final class HalfClosed extends LoopingClients {
        HalfClosed() {
            super(12);
        }

        @Override
        Optional<Outcome> talk(Site site, BooleanSupplier over) throws IOException, InterruptedException {
            try (Talk talk = new Talk(site.address())) {
                talk.send(Talk.LAST_REQUEST);
                talk.socket().shutdownOutput();
                return Optional.of(talk.receive().outcome());
            }
        }
    }
}
