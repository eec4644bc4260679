package io.sluice.internal.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.TestJvm;
import io.sluice.linux.Descriptor;
import io.sluice.linux.PeerSocket;
import io.sluice.linux.TestDescriptors;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Members whose peers are slow, silent, hostile or of somebody else. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class MemberTest {
    private static final AtomicInteger PORTS = new AtomicInteger(100_000); // No port; each test is by itself.
    private static final Duration BOUND = Duration.ofSeconds(2);

    private final int port = PORTS.incrementAndGet();
    private final FakeHolder holder = new FakeHolder();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void theYoungestIsAskedFirst() throws Exception {
        FakeHolder younger = new FakeHolder();
        open.add(Member.join(port, holder));
        Thread.sleep(5);
        Member second = Member.join(port, younger);
        open.add(second);

        Member.Outcome outcome = handOver();

        assertEquals(
                Optional.of(
                        new Member.Taker(second.name(), ProcessHandle.current().pid())),
                outcome.taker());
        assertEquals(List.of(1), younger.taken);
        assertEquals(List.of(), holder.taken);
    }

    @Test
    void nobodyAsksItself() throws Exception {
        Member self = Member.join(port, holder);
        open.add(self);

        assertEquals(
                Optional.empty(),
                Member.handOver(port, self.name(), () -> TestDescriptors.of(1), BOUND)
                        .taker());
    }

    /** Who refuses has nothing; the next one is asked. */
    @Test
    void aRefusalLeavesEverythingAsItWas() throws Exception {
        holder.accepts = false;
        open.add(Member.join(port, holder));

        Member.Outcome outcome = handOver();

        assertEquals(Optional.empty(), outcome.taker());
        assertFalse(outcome.sent());
    }

    /** One that has closed answers nobody, and its thread is not left in the kernel: the end of the JVM would wait for it. */
    @Test
    void oneThatHasClosedIsGoneAtOnce() throws Exception {
        Awaitility.await().until(() -> threads() == 0);
        Member member = Member.join(port, holder);
        Thread.sleep(20); // Until it waits for somebody to ask.
        member.close();

        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .atMost(PeerSocket.LIMIT.dividedBy(2))
                .until(() -> threads() == 0);
        assertEquals(new Member.Outcome(Optional.empty(), false), handOver());
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("sluice-member"))
                .count();
    }

    /** It may be stopped: it is sent nothing that it would keep. */
    @Test
    void aSilentPeerIsSentNoDescriptor() throws Exception {
        open.add(PeerSocket.listen(name("silent")));

        long begin = System.nanoTime();
        Member.Outcome outcome = handOver();

        assertEquals(Optional.empty(), outcome.taker());
        assertFalse(outcome.sent());
        assertTrue(System.nanoTime() - begin < Duration.ofSeconds(1).toNanos());
    }

    /** It was stopped after it had said yes: it may accept one day, so nothing may be set on the listeners. */
    @Test
    void whoSaysYesAndNoMoreMayHaveThem() throws Exception {
        answer("yes", Message.YES.text());

        Member.Outcome outcome = handOver();

        assertEquals(Optional.empty(), outcome.taker());
        assertTrue(outcome.sent());
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "yes", "sluice 2 YES", "sluice 1 SILENCE", "sluice 1 TAKEN", "\0\0\0"})
    void whatMakesNoSenseIsNo(String answer) throws Exception {
        answer("nonsense", answer);

        assertEquals(new Member.Outcome(Optional.empty(), false), handOver());
    }

    /** A member goes on after whatever it is asked. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                " ",
                "TAKE",
                "sluice 2 OFFER",
                "sluice 1 KEEP",
                "sluice 1 TAKE",
                "sluice 1 SPARE",
                "sluice 1 BYE",
                "sluice 1 OFFER and more"
            })
    void whatNobodyAsksIsRefused(String question) throws Exception {
        Member member = Member.join(port, holder);
        open.add(member);
        try (PeerSocket connection = PeerSocket.connect(member.name())) {
            connection.send(question, TestDescriptors.of(2));
            connection.receive().ifPresent(answer -> assertEquals(Message.NO.text(), answer.text()));
        }

        assertEquals(List.of(), holder.taken);
        assertTrue(handOver().taker().isPresent());
    }

    @Test
    void aMessageThatIsTooLongIsRefused() throws Exception {
        Member member = Member.join(port, holder);
        open.add(member);
        try (PeerSocket connection = PeerSocket.connect(member.name())) {
            connection.send("x".repeat(5000), List.of());
            assertEquals(Optional.empty(), connection.receive());
        }

        assertTrue(handOver().taker().isPresent());
    }

    /** Only so many fit into one message. */
    @Test
    void moreDescriptorsThanTheKernelTakesAreAnError() throws Exception {
        Member member = Member.join(port, holder);
        open.add(member);
        List<Descriptor> many = Collections.nCopies(254, TestDescriptors.of(1).get(0));

        assertEquals(
                Optional.empty(), Member.handOver(port, "", () -> many, BOUND).taker());
        assertTrue(handOver().taker().isPresent());
    }

    /** Descriptors that nobody takes are not left open. */
    @Test
    void nothingIsLeftOpen() throws Exception {
        holder.accepts = false;
        Member member = Member.join(port, holder);
        open.add(member);
        handOver();
        int before = TestDescriptors.count();

        for (int i = 0; i < 50; i++) {
            handOver();
        }

        assertTrue(TestDescriptors.count() <= before + 10, before + " before, " + TestDescriptors.count());
    }

    /** Names are anybody's to choose: another user's gets nothing, and gives nothing. */
    @Test
    void anotherUserIsNoPeer(@TempDir Path directory) throws Exception {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "only root becomes somebody else");
        Member member = Member.join(port, holder);
        open.add(member);

        String output = new TestJvm("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
                .options("-XX:TieredStopAtLevel=1", "-Duser.home=" + directory, "-Djava.io.tmpdir=/tmp")
                .readableByAll(directory)
                .run(OtherUser.class, member.name());

        assertTrue(output.contains("refused: the other side is of user 0"), output);
    }

    @Test
    void aNameThatIsTakenIsAnError() throws Exception {
        open.add(PeerSocket.listen(name("taken")));

        assertThrows(IOException.class, () -> PeerSocket.listen(name("taken")));
    }

    /** Otherwise a crash or a stop would lose what is queued in those that came late. */
    @Test
    void aKeeperGetsWhatWasTakenOverWhileItWasLookedFor() throws Exception {
        open.add(Member.join(port, holder));
        List<Descriptor> listeners = TestDescriptors.of(2);
        CompletableFuture<Keeper> looking = new CompletableFuture<>();
        AtomicInteger asked = new AtomicInteger();
        try (Keeper keeper = new Keeper(port, "", () -> {
            if (asked.getAndIncrement() > 0) {
                return listeners;
            }
            looking.join().listenersChanged(); // Right after the first was read.
            return listeners.subList(0, 1);
        })) {
            looking.complete(keeper);
            Awaitility.await().until(() -> !keeper.name().isEmpty());

            assertTrue(keeper.handOver().taker().isPresent());
            assertEquals(List.of(2), holder.taken);
        } finally {
            listeners.forEach(Descriptor::close);
        }
    }

    /** It has been left, with or without a word that came in time, by one that lives: that is no crash. */
    @Test
    void oneThatTakesTooLongToKeepInheritsNothing() throws Exception {
        open.add(Member.join(port, holder));
        holder.keepMillis = 1500;
        List<Descriptor> listeners = TestDescriptors.of(1);
        try (Keeper keeper = new Keeper(port, "", () -> listeners)) {
            Thread.sleep(2000); // It has been asked once, and has answered too late.

            assertEquals("", keeper.name());
            assertEquals(List.of(), holder.taken);
        } finally {
            listeners.forEach(Descriptor::close);
        }
    }

    /** The update of the keeper has a thread of its own, which a stop may overtake. */
    @Test
    void aStopHandsOverWhatTheKeeperHasNotBeenToldOf() throws Exception {
        open.add(Member.join(port, holder));
        List<Descriptor> listeners = TestDescriptors.of(2);
        AtomicInteger ours = new AtomicInteger(1);
        try (Keeper keeper = new Keeper(port, "", () -> listeners.subList(0, ours.get()))) {
            Awaitility.await().until(() -> !keeper.name().isEmpty());
            ours.set(2);
            keeper.listenersChanged();

            assertEquals("", keeper.name());
            assertTrue(keeper.handOver().taker().isPresent());
            assertEquals(List.of(2), holder.taken);
        } finally {
            listeners.forEach(Descriptor::close);
        }
    }

    private Member.Outcome handOver() throws IOException {
        List<Descriptor> descriptors = TestDescriptors.of(1);
        try {
            return Member.handOver(port, "", () -> descriptors, BOUND);
        } finally {
            descriptors.forEach(Descriptor::close);
        }
    }

    private String name(String suffix) {
        return "@sluice-member-" + port + "-" + suffix;
    }

    /** A peer that answers the first message of one connection with this, and says no more. */
    private void answer(String suffix, String text) throws IOException {
        PeerSocket socket = PeerSocket.listen(name(suffix));
        open.add(socket);
        Thread thread = new Thread(() -> {
            try {
                Optional<PeerSocket> connection;
                do {
                    connection = socket.accept();
                } while (connection.isEmpty());
                open.add(connection.get());
                connection.get().receive();
                connection.get().send(text, List.of());
            } catch (IOException x) {
                throw new AssertionError(x);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    /** Connects to a member of root. */
    static final class OtherUser {
        private OtherUser() {}

        public static void main(String[] arguments) throws Exception {
            try (PeerSocket connection = PeerSocket.connect(arguments[0])) {
                System.out.println("connected to " + connection.peerPid());
            } catch (IOException x) {
                System.out.println("refused: " + x.getMessage());
            }
            System.exit(0);
        }
    }

    private static final class FakeHolder implements Member.Holder {
        private final List<Integer> taken = Collections.synchronizedList(new ArrayList<>());
        private volatile boolean accepts = true;
        private volatile long keepMillis;

        @Override
        public boolean take(List<Descriptor> listeners, long pid) {
            if (accepts) {
                taken.add(listeners.size());
            }
            return accepts;
        }

        @Override
        public Optional<Member.Kept> keep(List<Descriptor> listeners) {
            int count = listeners.size();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(keepMillis));
            return accepts ? Optional.of(new FakeKept(count)) : Optional.empty();
        }

        private final class FakeKept implements Member.Kept {
            private final int count;

            private FakeKept(int count) {
                this.count = count;
            }

            @Override
            public boolean take(long pid) {
                return accepts && taken.add(count);
            }

            @Override
            public void inherit(long pid) {
                taken.add(-count);
            }

            @Override
            public void close() {}
        }
    }
}
