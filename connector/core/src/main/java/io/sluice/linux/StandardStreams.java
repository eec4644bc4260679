package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The standard output and error of this process, which the JDK takes away when it closes an inherited channel. */
public final class StandardStreams {
    private static final Logger LOG = LoggerFactory.getLogger(StandardStreams.class);
    private static final int LOWEST_COPY = 3;

    private StandardStreams() {}

    /**
     * Tells whether a channel came with descriptor 0, see {@link System#inheritedChannel}. To ask that would make one of
     * whatever descriptor 0 is.
     *
     * @param channel the channel
     * @return true for an inherited one
     */
    public static boolean cameWith(ServerSocketChannel channel) {
        return channel.getClass().getName().contains("InheritedChannel");
    }

    /**
     * Closes a channel without losing the output. With an inherited one the JDK puts /dev/null over the descriptors 0 to 2
     * (sun.nio.ch.InheritedChannel.detachIOStreams), so that the log would go nowhere from then on. What other threads
     * write in this very moment is lost even so, and all of it where there is no native access.
     *
     * @param channel the channel; its failure to close is ignored
     */
    public static void keepWhileClosing(ServerSocketChannel channel) {
        if (channel.isOpen() && cameWith(channel) && Features.hasNativeAccess()) {
            Output.keepWhileClosing(channel);
        } else {
            IO.close(channel);
        }
    }

    /** A class of its own, because without JNA Descriptor cannot be loaded. */
    private record Output(int fd, Descriptor copy) {
        private static void keepWhileClosing(ServerSocketChannel channel) {
            List<Output> kept = new ArrayList<>();
            keep(1, kept);
            keep(2, kept);
            IO.close(channel);
            kept.forEach(Output::putBack);
        }

        private static void keep(int fd, List<Output> kept) {
            try {
                if (!isListener(fd)) {
                    kept.add(new Output(fd, new Descriptor(Libc.fcntl(fd, Libc.F_DUPFD_CLOEXEC, LOWEST_COPY))));
                }
            } catch (LastErrorException x) {
                LOG.debug("Descriptor {} is not open, or no other is free", fd, x);
            }
        }

        /** Inetd passes the socket as all three; kept, it would live on without anybody who accepts. */
        private static boolean isListener(int fd) {
            try {
                return new Descriptor(fd).isListening();
            } catch (LastErrorException x) {
                LOG.trace("Descriptor {} is no socket", fd, x);
                return false;
            }
        }

        private void putBack() {
            try {
                Libc.dup2(copy.fd(), fd);
                copy.close();
            } catch (LastErrorException x) {
                LOG.debug("Descriptor {} stays closed", fd, x);
            }
        }
    }
}
