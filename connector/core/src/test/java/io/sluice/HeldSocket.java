package io.sluice;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;

/** A socket that holds back what it should send, like a slow line. */
final class HeldSocket extends Socket {
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private boolean holding;
    private int writesToPass;
    private int bytesToPass;

    /** From here on that many writes pass, then so many bytes of the next; the rest is held. */
    synchronized void hold(int writes, int bytes) {
        holding = true;
        writesToPass = writes;
        bytesToPass = bytes;
    }

    /** Whether something is held. */
    synchronized boolean isHeld() {
        return held.size() > 0;
    }

    /** Sends what was held; what follows passes. */
    synchronized void release() throws IOException {
        holding = false;
        held.writeTo(super.getOutputStream());
        held.reset();
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return new FilterOutputStream(super.getOutputStream()) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                pass(out, bytes, offset, length);
            }

            @Override
            public void write(int b) throws IOException {
                pass(out, new byte[] {(byte) b}, 0, 1);
            }
        };
    }

    private synchronized void pass(OutputStream out, byte[] bytes, int offset, int length) throws IOException {
        int passing = length;
        if (holding && writesToPass > 0) {
            writesToPass--;
        } else if (holding) {
            passing = Math.min(length, bytesToPass);
            bytesToPass -= passing;
        }
        out.write(bytes, offset, passing);
        held.write(bytes, offset + passing, length - passing);
    }
}
