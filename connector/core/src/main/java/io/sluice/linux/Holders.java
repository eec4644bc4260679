package io.sluice.linux;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who has a descriptor of a socket. Its options belong to the socket, and O_NONBLOCK to its open file description, which all
 * of them share: what one sets stays for the others when it has closed its own descriptor.
 */
final class Holders {
    private static final Logger LOG = LoggerFactory.getLogger(Holders.class);
    /**
     * A stop must not wait for a look at some 100,000 descriptors, which takes half a second. A second descriptor of our own
     * has a low number as a rule, and another process that has one is our parent or child: these come first.
     */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final long PASSING_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private Holders() {}

    /**
     * Tells whether a socket has another descriptor than this one, as far as a look of 10 ms at ours and one at those of
     * other processes shows: processes of other users are seen by root only. A child that is about to run another program
     * has all descriptors for a moment (jspawnhelper closes them), so one look is not believed.
     *
     * @param shared whether another process can have got one at all, by a fork or because it was sent
     */
    static boolean areSeveral(Descriptor socket, long inode, boolean shared) {
        if (!hasSecond(socket, inode, shared)) {
            return false;
        }
        LockSupport.parkNanos(PASSING_NANOS);
        return hasSecond(socket, inode, shared);
    }

    private static boolean hasSecond(Descriptor socket, long inode, boolean shared) {
        return hasSecondHere(socket)
                || shared && isInAnotherProcess(("socket:[" + inode + "]").getBytes(StandardCharsets.US_ASCII));
    }

    /** Asks each descriptor for its socket's cookie, which takes a tenth of the time that a look into /proc does. */
    private static boolean hasSecondHere(Descriptor socket) {
        long own = cookie(socket.fd());
        int slots = Descriptor.slots();
        long begin = System.nanoTime();
        for (int fd = 0; fd < slots && System.nanoTime() - begin < LOOK_NANOS; fd++) {
            if (fd != socket.fd() && cookie(fd) == own) {
                LOG.debug("Descriptors {} and {} are of one socket", socket.fd(), fd);
                return true;
            }
        }
        return false;
    }

    /** Gives 0, which no socket has, if it is none. */
    private static long cookie(int fd) {
        long[] cookie = new long[1];
        Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_COOKIE, cookie, new int[] {Long.BYTES});
        return cookie[0];
    }

    private static boolean isInAnotherProcess(byte[] link) {
        long end = System.nanoTime() + LOOK_NANOS;
        for (long process : nearestFirst(list("/proc"))) {
            if (has(process, link, end)) {
                LOG.debug("Process {} holds the listener too", process);
                return true;
            }
        }
        return false;
    }

    /** Our parent, then those that were started at about the same time as we, as children and siblings are. */
    private static long[] nearestFirst(String[] names) {
        ProcessHandle own = ProcessHandle.current();
        long parent = own.parent().map(ProcessHandle::pid).orElse(own.pid());
        return Stream.of(names)
                .filter(name -> Character.isDigit(name.charAt(0)))
                .map(Long::valueOf)
                .filter(process -> process != own.pid())
                .sorted(Comparator.comparingLong(process -> process == parent ? 0 : Math.abs(process - own.pid())))
                .mapToLong(Long::longValue)
                .toArray();
    }

    private static boolean has(long process, byte[] link, long end) {
        if (System.nanoTime() - end >= 0) {
            return false;
        }
        byte[] target = new byte[link.length + 1]; // One more, to tell it from a longer one.
        String descriptors = "/proc/" + process + "/fd/";
        for (String descriptor : list(descriptors)) {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            if (Libc.readlink(descriptors + descriptor, target, target.length) == link.length
                    && Arrays.equals(target, 0, link.length, link, 0, link.length)) {
                return true;
            }
        }
        return false;
    }

    /** Gives nothing for a process that has ended, or whose descriptors we may not see; nor where we have none left. */
    private static String[] list(String directory) {
        String[] names = new File(directory).list();
        return names == null ? new String[0] : names;
    }
}
