package io.sluice.linux;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntSupplier;

/** Runs a classic BPF program on one packet as the kernel would: it refuses what the kernel refuses. */
final class BpfInterpreter {
    private static final int MOST_INSTRUCTIONS = 4096; // BPF_MAXINSNS
    private static final int LARGEST_JUMP = 255; // An unsigned byte.
    private static final int DROP = 0;

    private final List<Bpf.Instruction> program;
    private final IntSupplier random;

    /**
     * @throws IllegalArgumentException if the kernel would refuse to attach the program
     */
    BpfInterpreter(Bpf program, IntSupplier random) {
        this.program = program.instructions();
        this.random = random;
        check();
    }

    private void check() {
        require(!program.isEmpty() && program.size() <= MOST_INSTRUCTIONS, "length " + program.size());
        for (int at = 0; at < program.size(); at++) {
            Bpf.Instruction instruction = program.get(at);
            switch (instruction.code()) {
                case Bpf.LOAD_WORD, Bpf.LOAD_HALF, Bpf.LOAD_BYTE, Bpf.AND, Bpf.ADD, Bpf.RETURN, Bpf.RETURN_A -> {}
                case Bpf.MOD -> require(instruction.k() != 0, "modulo 0 at " + at);
                case Bpf.JUMP -> checkJump(at, instruction.k());
                case Bpf.JUMP_IF_EQUAL, Bpf.JUMP_IF_GREATER_OR_EQUAL -> {
                    checkJump(at, instruction.jumpTrue());
                    checkJump(at, instruction.jumpFalse());
                    require(Math.max(instruction.jumpTrue(), instruction.jumpFalse()) <= LARGEST_JUMP, "far jump");
                }
                default -> require(false, "unknown code " + instruction.code() + " at " + at);
            }
        }
        int last = program.get(program.size() - 1).code();
        require(last == Bpf.RETURN || last == Bpf.RETURN_A, "no return at the end");
    }

    private void checkJump(int at, int offset) {
        require(offset >= 0 && offset < program.size() - at - 1, "jump out of the program at " + at);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }

    /**
     * Runs the program.
     *
     * @param network the packet from its IP header on
     * @param data where in it the program's offset 0 is
     * @return what the program returns; 0 if it reads outside the packet
     */
    int run(byte[] network, int data) {
        ByteBuffer packet = ByteBuffer.wrap(network);
        int a = 0;
        int at = 0;
        while (true) {
            Bpf.Instruction instruction = program.get(at++);
            int k = instruction.k();
            try {
                switch (instruction.code()) {
                    case Bpf.LOAD_WORD ->
                        a = k == Bpf.SKF_AD_RANDOM ? random.getAsInt() : packet.getInt(offset(k, data));
                    case Bpf.LOAD_HALF -> a = packet.getShort(offset(k, data)) & 0xffff;
                    case Bpf.LOAD_BYTE -> a = packet.get(offset(k, data)) & 0xff;
                    case Bpf.AND -> a &= k;
                    case Bpf.ADD -> a += k;
                    case Bpf.MOD -> a = Integer.remainderUnsigned(a, k);
                    case Bpf.JUMP -> at += k;
                    case Bpf.JUMP_IF_EQUAL -> at += a == k ? instruction.jumpTrue() : instruction.jumpFalse();
                    case Bpf.JUMP_IF_GREATER_OR_EQUAL ->
                        at += Integer.compareUnsigned(a, k) >= 0 ? instruction.jumpTrue() : instruction.jumpFalse();
                    case Bpf.RETURN -> {
                        return k;
                    }
                    default -> { // RETURN_A: all others were refused before.
                        return a;
                    }
                }
            } catch (IndexOutOfBoundsException x) {
                return DROP;
            }
        }
    }

    /** Plain offsets are from the data on; those from SKF_NET_OFF up are from the IP header on. */
    private static int offset(int k, int data) {
        if (k >= 0) {
            return data + k;
        }
        if (k >= Bpf.SKF_NET_OFF && k < Bpf.SKF_NET_OFF / 2) {
            return k - Bpf.SKF_NET_OFF;
        }
        throw new IndexOutOfBoundsException(k);
    }
}
