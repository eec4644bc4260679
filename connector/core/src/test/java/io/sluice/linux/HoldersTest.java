package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.TestJvm;
import io.sluice.linux.TestGroup.Bound;
import java.io.File;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Listeners of which somebody has a second descriptor. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class HoldersTest extends LiveListeners {
    /** Neighbours in the group are other sockets. */
    @Test
    void neighboursHoldNothingOfOurs() throws Exception {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 3);

        assertFalse(seenBy(group.member(0), group.member(1)).isHeldElsewhere());
    }

    @Test
    void aSecondDescriptorOfThisProcess() throws Exception {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxReusePortGroup own = seenBy(group.member(0));
        Descriptor copy = duplicate(group.member(0));
        try {
            assertTrue(own.isHeldElsewhere());
        } finally {
            copy.close();
        }
        assertFalse(own.isHeldElsewhere());
    }

    /** A child inherits what is not closed on exec: its standard input is our listener. */
    @Test
    void aDescriptorOfAnotherProcess() throws Exception {
        ServerSocketChannel channel = group(Bound.IPV4_LOOPBACK, 1).member(0);
        LinuxReusePortGroup own = seenBy(channel);
        Descriptor listener = Descriptor.of(channel);
        // The shell opens no socket; it gets ours as its input, because /proc/self/fd cannot open one.
        Process child = childWithInput(listener);
        try {
            assertTrue(own.isHeldElsewhere());
        } finally {
            child.destroyForcibly().waitFor();
        }
        assertFalse(own.isHeldElsewhere());
    }

    /** Other processes are looked at only if one of them may come from here. */
    @Test
    void aForkIsKnown() throws Exception {
        String output = new TestJvm().run(Forking.class);

        assertEquals("false true true", output.trim());
    }

    /** What the JVM runs. */
    static final class Forking {
        private Forking() {}

        public static void main(String[] arguments) throws Exception {
            Children none = Children.now();
            boolean before = Children.haveBegunSince(none);
            Process child = new ProcessBuilder("cat").start();
            boolean meanwhile = Children.haveBegunSince(none);
            child.destroy();
            child.waitFor();
            System.out.println(before + " " + meanwhile + " " + Children.haveBegunSince(none));
        }
    }

    /** Our standard input is the listener for as long as the child is started. */
    private static Process childWithInput(Descriptor listener) throws Exception {
        Descriptor input = new Descriptor(Libc.fcntl(0, Libc.F_DUPFD_CLOEXEC, 3));
        try {
            Libc.dup2(listener.fd(), 0);
            return new ProcessBuilder("sleep", "60")
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectOutput(new File("/dev/null"))
                    .start();
        } finally {
            Libc.dup2(input.fd(), 0);
            input.close();
        }
    }

    private static Descriptor duplicate(ServerSocketChannel channel) throws Exception {
        return new Descriptor(Libc.fcntl(Descriptor.of(channel).fd(), Libc.F_DUPFD_CLOEXEC, 3));
    }

    /** Another thread closes the channel while its descriptor is used: the number does not become another's meanwhile. */
    @Test
    void aCloseInTheMiddleGivesTheNumberToNobody() throws Exception {
        for (int round = 0; round < 200; round++) {
            TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
            ServerSocketChannel channel = group.member(0);
            LinuxListener listener = listener(channel, false);
            int fd = Descriptor.of(channel).fd();
            Descriptor placeholder = Descriptor.placeholder();
            CompletableFuture<ServerSocketChannel> heir = CompletableFuture.supplyAsync(() -> {
                try {
                    channel.close();
                    return Bound.IPV4_LOOPBACK.listen(0);
                } catch (java.io.IOException x) {
                    throw new AssertionError(x);
                }
            });
            listener.closeInKernel(placeholder);
            try (ServerSocketChannel open = heir.get(10, TimeUnit.SECONDS)) {
                Descriptor number = Descriptor.of(open);
                assertEquals(0, number.getInt(Libc.SOL_SOCKET, Libc.SO_BINDTOIFINDEX), "descriptor " + fd);
            }
            placeholder.close();
            listener.close();
            group.close();
        }
    }

    /** What changes a listener waits for nobody, and does nothing once the channel is closed. */
    @Test
    void nothingIsDoneWithAClosedChannel() throws Exception {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxReusePortGroup own = LinuxReusePortGroup.of(List.of(group.member(0)), false);
        int fd = Descriptor.of(group.member(0)).fd();
        group.leave(0);
        ServerSocketChannel heir = group.join();
        assertEquals(fd, Descriptor.of(heir).fd(), "the number is another's by now");

        own.listener(0).dropSyns();
        own.listener(0).dropCookieAcks();
        own.listener(0).closeInKernel(Descriptor.placeholder());

        assertEquals(0, Descriptor.of(heir).getInt(Libc.IPPROTO_IP, Libc.IP_MINTTL));
    }
}
