package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock among the processes that listen on one address and port: an abstract Unix socket (unix(7)) of that name. It is
 * scoped to the network namespace, exactly as the reuseport group is, needs no directory that all may write to, and
 * vanishes with its holder, however that ends.
 */
final class DrainLock {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final byte[] address;
    private int fd = -1;

    /** Creates the lock of this name, which is not held yet. */
    DrainLock(String name) {
        address = UnixAddress.of("@sluice-drain-" + name);
    }

    /** Waits for the lock, as long as it takes but not beyond the bound. */
    boolean tryLock(Duration bound) {
        long end = System.nanoTime() + bound.toNanos();
        boolean interrupted = false;
        boolean locked = tryOnce();
        while (!locked && System.nanoTime() <= end) {
            LockSupport.parkNanos(POLL_NANOS);
            interrupted |= Thread.interrupted();
            locked = tryOnce();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return locked;
    }

    private boolean tryOnce() {
        int socket = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0);
        try {
            Libc.bind(socket, address, address.length);
            fd = socket;
            return true;
        } catch (LastErrorException x) {
            Libc.close(socket);
            if (x.getErrorCode() == Libc.EADDRINUSE) {
                return false;
            }
            throw x;
        }
    }

    /** Lets the next process have it. Does nothing if it is not held. */
    void unlock() {
        if (fd >= 0) {
            Libc.close(fd);
            fd = -1;
        }
    }
}
