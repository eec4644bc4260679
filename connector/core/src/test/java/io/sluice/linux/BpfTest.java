package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BpfTest {
    private static final int FIN = 0x01;
    private static final int SYN = 0x02;
    private static final int RST = 0x04;
    private static final int PSH = 0x08;
    private static final int ACK = 0x10;
    private static final int ECE = 0x40;
    private static final int CWR = 0x80;
    private static final int HASH = -1; // Out of range, whatever the number of members.

    static IntStream members() {
        return IntStream.concat(IntStream.rangeClosed(2, 64), IntStream.of(65, 100, 255, 256, 257, 511, 1024));
    }

    /** Whichever member steers: each of the others has a random word that leads to it, and no word leads to itself. */
    @ParameterizedTest
    @MethodSource("members")
    void steeringReachesAllOthersAndNeverOneself(int members) {
        for (int own = 0; own < members; own++) {
            Bpf program = Bpf.steerAround(Set.of(own), members);
            BitSet reached = new BitSet();
            for (int word = 0; word < members - 1; word++) {
                reached.set(steered(program, word));
            }
            BitSet others = new BitSet();
            others.set(0, members);
            others.clear(own);
            assertEquals(others, reached, "around " + own);
        }
    }

    /** A random word is unsigned: with its highest bit set it leads to another member as well. */
    @ParameterizedTest
    @MethodSource("members")
    void steeringTakesAnyWord(int members) {
        Random random = new Random(members);
        for (int own = 0; own < members; own++) {
            Bpf program = Bpf.steerAround(Set.of(own), members);
            for (int word : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, random.nextInt(), random.nextInt()}) {
                int member = steered(program, word);
                assertTrue(member >= 0 && member < members && member != own, own + " steered to " + member);
            }
        }
    }

    /** Each of the others gets its even share; the bound is one that a fair program misses once in a million runs. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 8, 33, 64})
    void steeringSpreadsEvenly(int members) {
        for (int own = 0; own < members; own++) {
            Random random = new Random(members * 1000L + own);
            BpfInterpreter kernel = new BpfInterpreter(Bpf.steerAround(Set.of(own), members), random::nextInt);
            int[] hits = new int[members];
            int each = 200;
            for (int i = 0; i < each * (members - 1); i++) {
                hits[kernel.run(new byte[0], 0)]++;
            }
            double chiSquare = 0;
            for (int member = 0; member < members; member++) {
                chiSquare += member == own ? 0 : Math.pow(hits[member] - each, 2) / each;
            }
            int freedom = members - 2;
            double bound = freedom + 5 * Math.sqrt(2 * freedom) + 12;
            assertTrue(chiSquare <= bound, "around " + own + ": " + chiSquare + " > " + bound);
        }
    }

    /** Several of ours: each of the others is reached, none of ours. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6})
    void steeringGoesAroundSeveral(int members) {
        for (int ours = 1; ours < (1 << members) - 1; ours++) {
            Set<Integer> avoided =
                    BitSet.valueOf(new long[] {ours}).stream().boxed().collect(Collectors.toSet());
            BitSet reached = new BitSet();
            for (int word = 0; word < members - avoided.size(); word++) {
                reached.set(steered(Bpf.steerAround(avoided, members), word));
            }
            BitSet others = new BitSet();
            others.set(0, members);
            avoided.forEach(others::clear);
            assertEquals(others, reached, "around " + avoided);
        }
    }

    /** Nobody to steer to: the kernel refuses that program, because it divides by zero. */
    @Test
    void steeringAloneIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> steered(Bpf.steerAround(Set.of(0), 1), 7));
    }

    /** The probe from the i-th port goes to member i, over IPv4 and IPv6. */
    @ParameterizedTest
    @MethodSource("members")
    void probesGoToTheirMembers(int members) {
        List<Integer> ports = ports(members);
        BpfInterpreter kernel = new BpfInterpreter(Bpf.probe(ports), new Random(1)::nextInt);
        for (int member = 0; member < members; member++) {
            assertEquals(member, kernel.run(ipv4(ports.get(member), SYN), 40));
            assertEquals(member, kernel.run(ipv6(ports.get(member), SYN), 60));
        }
    }

    /** While probes are under way, everybody else's connections are left to the kernel's hash. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 64, 1024})
    void allOtherPortsAreLeftToTheHash(int members) {
        List<Integer> ports = ports(members);
        BitSet probing = new BitSet();
        ports.forEach(probing::set);
        BpfInterpreter kernel = new BpfInterpreter(Bpf.probe(ports), new Random(1)::nextInt);
        int step = members > 64 ? 7 : 1;
        for (int port = 0; port <= 0xffff; port += step) {
            if (!probing.get(port)) {
                assertEquals(HASH, kernel.run(ipv4(port, SYN), 40), "port " + port);
                assertEquals(HASH, kernel.run(ipv6(port, SYN), 60), "port " + port);
            }
        }
    }

    /** A group of 1024, the most that is probed, is within the kernel's limit of 4096 instructions. */
    @Test
    void theLargestProgramIsShortEnough() {
        int length = Bpf.probe(ports(1024)).instructions().size();
        assertTrue(length <= 4096, length + " instructions");
    }

    /** A SYN is dropped with whatever flags it comes: ECE and CWR ask for congestion notification. */
    @ParameterizedTest
    @ValueSource(ints = {SYN, SYN | ECE | CWR, SYN | ECE, SYN | CWR, SYN | PSH, SYN | PSH | ECE | CWR, SYN | FIN})
    void theGateDropsEachSyn(int flags) {
        assertEquals(0, gated(flags));
    }

    /** What belongs to a handshake or a connection that is under way passes as a whole. */
    @ParameterizedTest
    @ValueSource(ints = {SYN | ACK, SYN | ACK | ECE, ACK, ACK | PSH, ACK | ECE, RST, RST | ACK, FIN, FIN | ACK, 0})
    void theGatePassesAllElse(int flags) {
        assertEquals(0xffffffff, gated(flags));
    }

    /** In memory an instruction is a struct sock_filter: code, two jumps of a byte each, and the constant. */
    @Test
    void instructionsAreEncodedForTheKernel() {
        Bpf program = new Bpf(List.of(
                new Bpf.Instruction(Bpf.JUMP_IF_EQUAL, 1, 255, 0x12345678),
                new Bpf.Instruction(Bpf.LOAD_WORD, 0, 0, 0xfffff038),
                new Bpf.Instruction(Bpf.RETURN, 0, 0, -1)));
        ByteBuffer expected = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder());
        expected.putShort((short) 0x15).put((byte) 1).put((byte) 0xff).putInt(0x12345678);
        expected.putShort((short) 0x20).put((byte) 0).put((byte) 0).putInt(-0x1000 + 56);
        expected.putShort((short) 0x06).put((byte) 0).put((byte) 0).putInt(-1);

        try (Memory memory = program.toMemory()) {
            assertEquals(24, memory.size());
            assertEquals(expected.rewind(), memory.getByteBuffer(0, 24));
        }
    }

    /** The struct sock_fprog holds the number of instructions and, eight bytes on, where they are. */
    @Test
    void theProgramPointsToItsInstructions() {
        Bpf program = Bpf.probe(ports(1024));
        try (Memory memory = program.toMemory()) {
            ByteBuffer encoded = ByteBuffer.wrap(program.toSockFprog(memory)).order(ByteOrder.nativeOrder());
            assertEquals(16, encoded.remaining());
            assertEquals(program.instructions().size(), encoded.getShort(0));
            assertEquals(Pointer.nativeValue(memory), encoded.getLong(8));
            assertNotEquals(0, encoded.getLong(8));
        }
    }

    /** The interpreter is as strict as the kernel, or the tests above would prove little. */
    @Test
    void theInterpreterRefusesWhatTheKernelRefuses() {
        assertRefused(new Bpf.Instruction(0xff, 0, 0, 0), new Bpf.Instruction(Bpf.RETURN, 0, 0, 0));
        assertRefused(new Bpf.Instruction(Bpf.JUMP, 0, 0, 1), new Bpf.Instruction(Bpf.RETURN, 0, 0, 0));
        assertRefused(new Bpf.Instruction(Bpf.JUMP_IF_EQUAL, 0, 1, 0), new Bpf.Instruction(Bpf.RETURN, 0, 0, 0));
        assertRefused(new Bpf.Instruction(Bpf.JUMP_IF_EQUAL, -1, 0, 0), new Bpf.Instruction(Bpf.RETURN, 0, 0, 0));
        assertRefused(new Bpf.Instruction(Bpf.LOAD_BYTE, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new BpfInterpreter(new Bpf(List.of()), () -> 0));
        assertEquals(0, new BpfInterpreter(Bpf.probe(ports(2)), () -> 0).run(new byte[19], 19));
    }

    private static void assertRefused(Bpf.Instruction... program) {
        assertThrows(IllegalArgumentException.class, () -> new BpfInterpreter(new Bpf(List.of(program)), () -> 0));
    }

    private static int steered(Bpf program, int random) {
        return new BpfInterpreter(program, () -> random).run(new byte[0], 0);
    }

    /** A filter of a socket sees the packet from its TCP header on. */
    private static int gated(int flags) {
        return new BpfInterpreter(Bpf.synGate(), () -> 0).run(ipv4(40_000, flags), 20);
    }

    private static List<Integer> ports(int count) {
        return new Random(count)
                .ints(32_768, 61_000)
                .distinct()
                .limit(count)
                .boxed()
                .toList();
    }

    private static byte[] ipv4(int sourcePort, int flags) {
        ByteBuffer packet = ByteBuffer.allocate(40);
        packet.put((byte) 0x45).put((byte) 0).putShort((short) 40); // Version, header length, whole length.
        packet.putShort((short) 0x1234).putShort((short) 0x4000); // Id, "don't fragment".
        packet.put((byte) 64).put((byte) 6).putShort((short) 0); // TTL, TCP, checksum.
        packet.putInt(0x7f000001).putInt(0x7f000001);
        return tcp(packet, sourcePort, flags);
    }

    private static byte[] ipv6(int sourcePort, int flags) {
        ByteBuffer packet = ByteBuffer.allocate(60);
        packet.putInt(0x60012345).putShort((short) 20); // Version and flow label, length of what follows.
        packet.put((byte) 6).put((byte) 64); // TCP, hop limit.
        packet.putLong(0).putLong(1).putLong(0).putLong(1);
        return tcp(packet, sourcePort, flags);
    }

    private static byte[] tcp(ByteBuffer packet, int sourcePort, int flags) {
        packet.putShort((short) sourcePort).putShort((short) 8080);
        packet.putInt(0x01020304).putInt(0);
        packet.put((byte) 0x50).put((byte) flags).putShort((short) 0xffff).putInt(0);
        return packet.array();
    }
}
