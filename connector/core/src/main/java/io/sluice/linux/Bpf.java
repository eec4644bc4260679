package io.sluice.linux;

import com.sun.jna.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A program in classic BPF, for the kernel to run on each SYN.
 *
 * <p>A program attached with SO_ATTACH_FILTER sees a packet from its TCP header on. One attached with
 * SO_ATTACH_REUSEPORT_CBPF sees it from its payload on and reaches the headers through SKF_NET_OFF; it returns the index
 * of the member that gets the SYN, and an index out of range means the kernel's own hash over all members.
 */
record Bpf(List<Instruction> instructions) {
    static final int LOAD_WORD = 0x20;
    static final int LOAD_HALF = 0x28;
    static final int LOAD_BYTE = 0x30;
    static final int AND = 0x54;
    static final int ADD = 0x04;
    static final int MOD = 0x94;
    static final int JUMP = 0x05;
    static final int JUMP_IF_EQUAL = 0x15;
    static final int JUMP_IF_GREATER_OR_EQUAL = 0x35;
    static final int RETURN = 0x06;
    static final int RETURN_A = 0x16;

    static final int SKF_NET_OFF = -0x100000;
    static final int SKF_AD_RANDOM = -0x1000 + 56;

    private static final int TCP_FLAGS = 13;
    private static final int SYN = 0x02;
    private static final int ACK = 0x10;
    private static final int WHOLE_PACKET = -1;
    private static final int DROP = 0;
    private static final int NO_MEMBER = -1;

    /** As struct sock_filter: code, where to jump if true and if false, and a constant. */
    record Instruction(int code, int jumpTrue, int jumpFalse, int k) {}

    /** Drops each SYN that is not an answer, and lets all else through: no handshake begins, those under way go on. */
    static Bpf synGate() {
        return new Assembler()
                .add(LOAD_BYTE, TCP_FLAGS)
                .add(AND, SYN | ACK)
                .jump(JUMP_IF_EQUAL, SYN, 0, 1)
                .add(RETURN, DROP)
                .add(RETURN, WHOLE_PACKET)
                .assemble();
    }

    /** Gives the connection from the i-th source port to member i, and leaves all others to the kernel's hash. */
    static Bpf probe(List<Integer> sourcePorts) {
        Assembler program = new Assembler()
                .add(LOAD_BYTE, SKF_NET_OFF) // The IP version is in the upper half of the header's first byte.
                .add(AND, 0xf0)
                .jump(JUMP_IF_EQUAL, 0x40, 0, 2)
                .add(LOAD_HALF, SKF_NET_OFF + 20)
                .add(JUMP, 1)
                .add(LOAD_HALF, SKF_NET_OFF + 40);
        for (int member = 0; member < sourcePorts.size(); member++) {
            program.jump(JUMP_IF_EQUAL, sourcePorts.get(member), 0, 1).add(RETURN, member);
        }
        return program.add(RETURN, NO_MEMBER).assemble();
    }

    /** Gives each connection to a random member other than these. */
    static Bpf steerAround(Set<Integer> avoided, int members) {
        Assembler program = new Assembler().add(LOAD_WORD, SKF_AD_RANDOM).add(MOD, members - avoided.size());
        for (int member : new TreeSet<>(avoided)) { // The i-th of the others: one further for each avoided before it.
            program.jump(JUMP_IF_GREATER_OR_EQUAL, member, 0, 1).add(ADD, 1);
        }
        return program.add(RETURN_A, 0).assemble();
    }

    /** Gives each connection to this member, for as long as there are that many; after that to the kernel's hash. */
    static Bpf onlyTo(int member) {
        return new Assembler().add(RETURN, member).assemble();
    }

    /** The program as the kernel takes it. Valid as long as the memory that it points to is reachable. */
    byte[] toSockFprog(Memory instructionMemory) {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putShort((short) instructions.size())
                .putLong(8, com.sun.jna.Pointer.nativeValue(instructionMemory))
                .array();
    }

    Memory toMemory() {
        Memory memory = new Memory(instructions.size() * 8L);
        for (int i = 0; i < instructions.size(); i++) {
            Instruction instruction = instructions.get(i);
            memory.setShort(i * 8L, (short) instruction.code());
            memory.setByte(i * 8L + 2, (byte) instruction.jumpTrue());
            memory.setByte(i * 8L + 3, (byte) instruction.jumpFalse());
            memory.setInt(i * 8L + 4, instruction.k());
        }
        return memory;
    }

    private static final class Assembler {
        private final List<Instruction> instructions = new ArrayList<>();

        Assembler add(int code, int k) {
            instructions.add(new Instruction(code, 0, 0, k));
            return this;
        }

        Assembler jump(int code, int k, int jumpTrue, int jumpFalse) {
            instructions.add(new Instruction(code, jumpTrue, jumpFalse, k));
            return this;
        }

        Bpf assemble() {
            return new Bpf(List.copyOf(instructions));
        }
    }
}
