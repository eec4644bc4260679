package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // An endless loop heeds no interrupt.
class InetDiagTest {
    private static final int HEADER = 16;
    private static final int MESSAGE = 72;
    private static final int ERROR = 2;
    private static final int DONE = 3;
    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int SKV6ONLY = 11;

    /** A listener on an IPv4 address: every field comes from its place. */
    @Test
    void anIpv4Entry() throws IOException {
        List<InetDiag.Entry> entries = new ArrayList<>();

        assertTrue(InetDiag.parse(ipv4Listener(), entries::add), "there may be more");

        InetDiag.Entry entry = entries.get(0);
        assertEquals(
                new InetDiag.Entry(
                        Libc.AF_INET, InetAddress.getByName("127.0.0.1"), 8080, 7, 1000, 4_294_967_295L, false),
                entry);
    }

    /** A listener on an IPv6 address. */
    @Test
    void anIpv6Entry() throws IOException {
        InetDiag.Entry entry = only(message(ipv6("fd00::2"), ipv6("::"), attribute(SKV6ONLY, 1)));

        assertEquals(Libc.AF_INET6, entry.family());
        assertEquals(InetAddress.getByName("fd00::2"), entry.localAddress());
        assertTrue(entry.v6Only());
    }

    /** A handshake of an IPv4 client with a dual-stack listener: the client has its IPv4 address. */
    @Test
    void anIpv4AddressMappedIntoIpv6() throws IOException {
        byte[] mapped = ipv6("::");
        mapped[10] = mapped[11] = (byte) 0xff;
        System.arraycopy(new byte[] {10, 1, 2, 3}, 0, mapped, 12, 4);

        InetDiag.Entry entry = only(message(mapped, mapped));

        assertEquals(Libc.AF_INET6, entry.family());
    }

    /** Whether a listener takes IPv6 only is told by an attribute, which may be missing, or come after others. */
    @Test
    void ipv6OnlyIsAnAttribute() throws IOException {
        byte[] any = ipv6("::");
        assertFalse(only(message(any, any)).v6Only());
        assertFalse(only(message(any, any, attribute(SKV6ONLY, 0))).v6Only());
        assertTrue(only(message(any, any, attribute(SKV6ONLY, 1))).v6Only());
        assertTrue(only(message(
                        any, any, attribute(8, 1), attribute(5), attribute(2, 1, 2, 3, 4, 5), attribute(SKV6ONLY, 1)))
                .v6Only());
    }

    /** An attribute whose length makes no sense ends the reading of attributes, not of entries. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 9, 0x7fff, 0x8000, 0xffff})
    void anAttributeOfImpossibleLength(int length) throws IOException {
        byte[] attribute = attribute(8, 1);
        ByteBuffer.wrap(attribute).order(ByteOrder.nativeOrder()).putShort((short) length);
        byte[] any = ipv6("::");
        List<InetDiag.Entry> entries = new ArrayList<>();

        byte[] datagram = join(message(any, any, attribute), message(any, any, attribute(SKV6ONLY, 1)));
        InetDiag.parse(nativeOrder(datagram), entries::add);

        assertEquals(
                List.of(false, true),
                entries.stream().map(InetDiag.Entry::v6Only).toList());
    }

    /** Several entries in one datagram, as the kernel sends them, and the end after them. */
    @Test
    void twoEntriesAndTheEnd() throws IOException {
        byte[] v4 = message(new byte[] {127, 0, 0, 1}, new byte[4]);
        byte[] v6 = message(ipv6("::1"), ipv6("::"), attribute(SKV6ONLY, 1));
        List<InetDiag.Entry> entries = new ArrayList<>();

        assertFalse(InetDiag.parse(nativeOrder(join(v4, v6, netlink(DONE, new byte[4]))), entries::add));

        assertEquals(
                List.of(Libc.AF_INET, Libc.AF_INET6),
                entries.stream().map(InetDiag.Entry::family).toList());
        assertEquals(InetAddress.getByName("::1"), entries.get(1).localAddress());
    }

    /** Nothing is listed: the datagram holds only the end. */
    @Test
    void theEndAlone() throws IOException {
        List<InetDiag.Entry> entries = new ArrayList<>();
        assertFalse(InetDiag.parse(nativeOrder(netlink(DONE, new byte[4])), entries::add));
        assertFalse(InetDiag.parse(nativeOrder(netlink(DONE, new byte[0])), entries::add));
        assertEquals(List.of(), entries);
    }

    /** The kernel refuses the request: the exception names the errno. */
    @Test
    void anErrorNamesItsErrno() {
        IOException refused = assertThrows(
                IOException.class, () -> InetDiag.parse(nativeOrder(netlink(ERROR, errno(13))), entry -> {}));
        assertTrue(refused.getMessage().contains("errno 13"), refused.getMessage());
    }

    /** A kernel without tcp_diag has nothing to list, and says so in the message that ends the list (ENOENT). */
    @Test
    void anErrorInTheEndIsAnError() {
        IOException refused = assertThrows(
                IOException.class, () -> InetDiag.parse(nativeOrder(netlink(DONE, errno(2))), entry -> {}));
        assertTrue(refused.getMessage().contains("errno 2"), refused.getMessage());
    }

    /** Messages of other types, and entries that are too short, are passed over. */
    @Test
    void otherMessagesArePassedOver() throws IOException {
        List<InetDiag.Entry> entries = new ArrayList<>();
        byte[] listener = message(ipv6("::1"), ipv6("::"));

        InetDiag.parse(
                nativeOrder(join(netlink(1, new byte[8]), netlink(SOCK_DIAG_BY_FAMILY, new byte[71]), listener)),
                entries::add);

        assertEquals(1, entries.size());
    }

    /** A datagram that is cut off anywhere ends, with no more entries than it holds whole. */
    @Test
    void everyTruncation() throws IOException {
        byte[] entry = message(ipv6("::1"), ipv6("::"), attribute(8, 1), attribute(SKV6ONLY, 1));
        byte[] whole = join(entry, entry, netlink(DONE, new byte[4]));
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertTrue(parseLeniently(cut) <= length / entry.length, "cut to " + length);
        }
    }

    /** A length of the message that is smaller than its header, negative or beyond the datagram is an error. */
    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 1, 15, 93, 0x10000, Integer.MAX_VALUE - 2, Integer.MAX_VALUE})
    void aMessageOfImpossibleLength(int length) throws IOException {
        byte[] message = message(ipv6("::1"), ipv6("::"));
        ByteBuffer datagram = nativeOrder(message).putInt(0, length);
        assertThrows(IOException.class, () -> InetDiag.parse(datagram, entry -> {}));
    }

    /** Whatever bytes come: the reading ends, and fails with an IOException or not at all. */
    @Test
    void randomBytes() {
        Random random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(400)];
            random.nextBytes(noise);
            assertDoesNotThrow(() -> parseLeniently(noise));
        }
    }

    /** A good datagram with a few bytes changed: gets farther than noise does. */
    @Test
    void damagedDatagrams() throws IOException {
        byte[] entry = message(ipv6("::1"), ipv6("::"), attribute(8, 1), attribute(SKV6ONLY, 1));
        byte[] whole = join(entry, entry, entry);
        Random random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = whole.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            assertDoesNotThrow(() -> parseLeniently(damaged));
        }
    }

    /** The kernel's own list: an IPv4 listener and an IPv6 one, with port, user and inode. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void listenersOfThisProcessAreListed() throws IOException {
        int uid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        try (ServerSocketChannel v4 = ServerSocketChannel.open(StandardProtocolFamily.INET);
                ServerSocketChannel v6 = ServerSocketChannel.open(StandardProtocolFamily.INET6);
                InetDiag diag = new InetDiag()) {
            v4.bind(new InetSocketAddress("127.0.0.1", 0));
            int port = ((InetSocketAddress) v4.getLocalAddress()).getPort();
            v6.bind(new InetSocketAddress("::1", 0));
            int v6Port = ((InetSocketAddress) v6.getLocalAddress()).getPort();

            InetDiag.Entry listener = onlyOf(diag.listeners(Libc.AF_INET, port));
            assertEquals(Libc.AF_INET, listener.family());
            assertEquals(InetAddress.getByName("127.0.0.1"), listener.localAddress());
            assertEquals(port, listener.localPort());
            assertEquals(0, listener.device());
            assertEquals(uid, listener.uid());
            assertTrue(OpenSockets.byInode().containsKey(listener.inode()), listener.toString());

            InetDiag.Entry other = onlyOf(diag.listeners(Libc.AF_INET6, v6Port));
            assertEquals(Libc.AF_INET6, other.family());
            assertEquals(InetAddress.getByName("::1"), other.localAddress());
            assertTrue(other.v6Only(), "bound to an IPv6 address, a socket takes no IPv4");
            assertTrue(OpenSockets.byInode().containsKey(other.inode()), other.toString());
        }
    }

    /** A dual-stack wildcard listener is one entry, of the IPv6 family, and not IPv6 only. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aDualStackListenerIsListedOnce() throws IOException {
        try (ServerSocketChannel dual = ServerSocketChannel.open().bind(new InetSocketAddress(0));
                InetDiag diag = new InetDiag()) {
            int port = ((InetSocketAddress) dual.getLocalAddress()).getPort();
            InetDiag.Entry listener = onlyOf(diag.listeners(Libc.AF_INET6, port));
            assertEquals(List.of(), diag.listeners(Libc.AF_INET, port));
            assertTrue(listener.localAddress().isAnyLocalAddress());
            assertFalse(listener.v6Only());
        }
    }

    /** A list ends, again and again on one socket, whether it is empty or not. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aListEnds() throws IOException {
        try (ServerSocketChannel channel = ServerSocketChannel.open().bind(new InetSocketAddress(0));
                InetDiag diag = new InetDiag()) {
            int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
            assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
                for (int i = 0; i < 20; i++) {
                    assertEquals(1, diag.listeners(Libc.AF_INET6, port).size());
                    assertEquals(List.of(), diag.listeners(Libc.AF_INET, port));
                }
            });
        }
    }

    /** The number of entries, those before an IOException included. */
    private static int parseLeniently(byte[] datagram) {
        List<InetDiag.Entry> entries = new ArrayList<>();
        try {
            InetDiag.parse(nativeOrder(datagram), entries::add);
        } catch (IOException x) {
            assertTrue(x.getMessage().startsWith("inet_diag"), x.toString());
        }
        return entries.size();
    }

    private static InetDiag.Entry only(byte[] datagram) throws IOException {
        List<InetDiag.Entry> entries = new ArrayList<>();
        InetDiag.parse(nativeOrder(datagram), entries::add);
        return onlyOf(entries);
    }

    private static InetDiag.Entry onlyOf(List<InetDiag.Entry> entries) {
        assertEquals(1, entries.size(), entries.toString());
        return entries.get(0);
    }

    private static ByteBuffer ipv4Listener() {
        return nativeOrder(message(new byte[] {127, 0, 0, 1}, new byte[] {10, 1, 2, 3}));
    }

    /** A struct inet_diag_msg behind its header; ports are big-endian, all else is in native order. */
    private static byte[] message(byte[] local, byte[] peer, byte[]... attributes) {
        byte[] tail = join(attributes);
        ByteBuffer message = nativeOrder(new byte[MESSAGE + tail.length]);
        message.put(0, (byte) (local.length == 4 ? Libc.AF_INET : Libc.AF_INET6))
                .put(1, (byte) InetDiag.LISTEN);
        message.put(4, (byte) (8080 >> 8)).put(5, (byte) 8080);
        message.put(6, (byte) (61_000 >> 8)).put(7, (byte) 61_000);
        System.arraycopy(local, 0, message.array(), 8, local.length);
        System.arraycopy(peer, 0, message.array(), 24, peer.length);
        message.putInt(40, 7).putInt(64, 1000).putInt(68, -1); // Device, user, inode.
        System.arraycopy(tail, 0, message.array(), MESSAGE, tail.length);
        return netlink(SOCK_DIAG_BY_FAMILY, message.array());
    }

    private static byte[] netlink(int type, byte[] payload) {
        int length = HEADER + payload.length;
        ByteBuffer message = nativeOrder(new byte[align(length)]);
        message.putInt(length)
                .putShort((short) type)
                .putShort((short) 2)
                .putLong(0)
                .put(payload);
        return message.array();
    }

    private static byte[] errno(int errno) {
        return nativeOrder(new byte[4]).putInt(-errno).array();
    }

    private static byte[] attribute(int type, int... value) {
        int length = 4 + value.length;
        ByteBuffer attribute = nativeOrder(new byte[align(length)]);
        attribute.putShort((short) length).putShort((short) type);
        for (int b : value) {
            attribute.put((byte) b);
        }
        return attribute.array();
    }

    private static byte[] join(byte[]... parts) {
        ByteBuffer joined = ByteBuffer.allocate(
                Arrays.stream(parts).mapToInt(part -> part.length).sum());
        for (byte[] part : parts) {
            joined.put(part);
        }
        return joined.array();
    }

    private static byte[] ipv6(String address) throws IOException {
        return InetAddress.getByName(address).getAddress();
    }

    private static int align(int length) {
        return (length + 3) & ~3;
    }

    private static ByteBuffer nativeOrder(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }
}
