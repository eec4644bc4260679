package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.arbitraries.ArrayArbitrary;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Whatever a datagram holds: its reading ends, with entries or with an IOException that has a sentence. What the messages
 * mean is tested in {@link InetDiagTest}. A sample that fails is not made smaller: an endless loop heeds no interrupt, and
 * each try would leave a thread that spins.
 */
@Tag("slow")
class InetDiagFuzzTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final int HEADER = 16;
    private static final int MESSAGE = 72;
    private static final int NOOP = 1;
    private static final int ERROR = 2;
    private static final int DONE = 3;
    private static final int SOCK_DIAG_BY_FAMILY = 20;

    /** A netlink message; its length may be any. */
    record Message(int length, int type, byte[] payload) {
        static Message honest(int type, byte[] payload) {
            return new Message(HEADER + payload.length, type, payload);
        }

        byte[] bytes() {
            ByteBuffer bytes = InetDiag.nativeOrder(ByteBuffer.allocate((HEADER + payload.length + 3) & ~3));
            bytes.putInt(length).putShort((short) type).putShort((short) 2).putLong(0);
            return bytes.put(payload).array();
        }

        /** Arrays in records are told apart by identity. */
        @Override
        public String toString() {
            return "%d bytes of type %d: %s".formatted(length, type, Arrays.toString(payload));
        }
    }

    /** No netlink at all. */
    @Property(tries = 1000, shrinking = ShrinkingMode.OFF)
    void arbitraryBytes(@ForAll @Size(max = 2000) byte[] bytes) {
        assertEnds(bytes);
    }

    /** Messages of all types and of any length that they claim: 0, negative, past the end. */
    @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void messagesThatLie(@ForAll("messages") List<Message> messages) {
        assertEnds(join(messages));
    }

    /** A datagram that is cut off anywhere. */
    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void cutOffAnywhere(@ForAll("messages") List<Message> messages, @ForAll int at) {
        byte[] whole = join(messages);

        assertEnds(Arrays.copyOf(whole, Math.floorMod(at, whole.length + 1)));
    }

    /** One answer in many datagrams, of which none is the end: each says that more is to come, and has its entries. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void manyPartsWithoutAnEnd(@ForAll("entries") List<Message> parts) throws IOException {
        List<InetDiag.Entry> entries = new ArrayList<>();

        for (Message part : parts) {
            assertTrue(parse(part.bytes(), entries));
        }

        assertEquals(parts.size(), entries.size());
    }

    /** Entries before the end count, those after it are not looked at. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void theEndIsTheEnd(@ForAll("entries") List<Message> before, @ForAll("messages") List<Message> after)
            throws IOException {
        List<InetDiag.Entry> entries = new ArrayList<>();
        List<Message> messages = new ArrayList<>(before);
        messages.add(Message.honest(DONE, new byte[4]));
        messages.addAll(after);

        assertFalse(parse(join(messages), entries));

        assertEquals(before.size(), entries.size());
    }

    /** An error of the kernel is an error wherever it comes, and its number is told. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void anErrorIsAnError(@ForAll("entries") List<Message> before, @ForAll @IntRange(min = 1, max = 4095) int errno) {
        List<Message> messages = new ArrayList<>(before);
        messages.add(Message.honest(ERROR, integer(-errno)));

        IOException refused = assertThrows(IOException.class, () -> parse(join(messages), new ArrayList<>()));

        assertEquals("inet_diag: the kernel answered with errno " + errno, refused.getMessage());
    }

    /** Attributes of whatever type and length make no entry vanish, and none appear. */
    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void attributesOfAnyShape(@ForAll("attributes") List<byte[]> attributes) throws IOException {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.writeBytes(new byte[MESSAGE]);
        attributes.forEach(payload::writeBytes);
        List<InetDiag.Entry> entries = new ArrayList<>();

        parse(Message.honest(SOCK_DIAG_BY_FAMILY, payload.toByteArray()).bytes(), entries);

        assertEquals(1, entries.size());
    }

    @Provide
    Arbitrary<List<Message>> messages() {
        Arbitrary<Integer> types = Arbitraries.oneOf(
                Arbitraries.of(NOOP, ERROR, DONE, SOCK_DIAG_BY_FAMILY, SOCK_DIAG_BY_FAMILY, SOCK_DIAG_BY_FAMILY),
                Arbitraries.integers().between(0, 0xffff));
        Arbitrary<byte[]> payloads = payload().ofMaxSize(200);
        Arbitrary<Message> honest = Combinators.combine(types, payloads).as(Message::honest);
        Arbitrary<Integer> lengths = Arbitraries.oneOf(
                Arbitraries.integers(),
                Arbitraries.integers().between(-1, 300),
                Arbitraries.integers().between(Integer.MAX_VALUE - 3, Integer.MAX_VALUE));
        Arbitrary<Message> lying = Combinators.combine(lengths, types, payloads).as(Message::new);
        return Arbitraries.frequencyOf(Tuple.of(3, entry()), Tuple.of(2, honest), Tuple.of(1, lying))
                .list()
                .ofMaxSize(8);
    }

    @Provide
    Arbitrary<List<Message>> entries() {
        return entry().list().ofMaxSize(20);
    }

    /** A whole struct inet_diag_msg of any content, and what may be attributes. */
    private static Arbitrary<Message> entry() {
        return payload()
                .ofMinSize(MESSAGE)
                .ofMaxSize(MESSAGE + 64)
                .map(payload -> Message.honest(SOCK_DIAG_BY_FAMILY, payload));
    }

    @Provide
    Arbitrary<List<byte[]>> attributes() {
        return Combinators.combine(
                        Arbitraries.oneOf(
                                Arbitraries.integers().between(0, 24), Arbitraries.of(0x7fff, 0x8000, 0xfffc, 0xffff)),
                        Arbitraries.integers().between(0, 13),
                        payload().ofMaxSize(24))
                .as((length, type, value) -> InetDiag.nativeOrder(ByteBuffer.allocate((4 + value.length + 3) & ~3))
                        .putShort(length.shortValue())
                        .putShort(type.shortValue())
                        .put(value)
                        .array())
                .list()
                .ofMaxSize(8);
    }

    private static ArrayArbitrary<Byte, byte[]> payload() {
        return Arbitraries.bytes().array(byte[].class);
    }

    private static void assertEnds(byte[] datagram) {
        List<InetDiag.Entry> entries = new ArrayList<>();
        try {
            parse(datagram, entries);
        } catch (IOException x) {
            assertTrue(x.getMessage().startsWith("inet_diag: "), x::getMessage);
        }
        assertTrue(entries.size() <= datagram.length / (HEADER + MESSAGE), entries.size() + " entries");
    }

    /** In the middle of a larger buffer that is full of ones: nothing from outside may be read as part of it. */
    private static boolean parse(byte[] datagram, List<InetDiag.Entry> entries) throws IOException {
        byte[] around = new byte[datagram.length + 512];
        Arrays.fill(around, (byte) 1);
        System.arraycopy(datagram, 0, around, 256, datagram.length);
        ByteBuffer buffer = ByteBuffer.wrap(around, 256, datagram.length).slice();
        Object more = assertTimeoutPreemptively(SOON, () -> {
            try {
                return InetDiag.parse(InetDiag.nativeOrder(buffer), entries::add);
            } catch (IOException x) {
                return x;
            }
        });
        if (more instanceof IOException x) {
            throw x;
        }
        return (boolean) more;
    }

    private static byte[] join(List<Message> messages) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        messages.forEach(message -> joined.writeBytes(message.bytes()));
        return joined.toByteArray();
    }

    private static byte[] integer(int value) {
        return InetDiag.nativeOrder(ByteBuffer.allocate(4)).putInt(value).array();
    }
}
