package io.sluice.linux;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.eclipse.jetty.util.IO;

/**
 * Channels of listeners that another process has opened. Java has no way to make one of a descriptor, but to a channel that
 * is bound it does not matter what its descriptor stands for. Such a channel goes on naming the address that it was bound to
 * at first, so the kernel is asked instead.
 */
public final class AdoptedChannels {
    private static final Map<ServerSocketChannel, Descriptor> DESCRIPTORS =
            Collections.synchronizedMap(new WeakHashMap<>());

    private AdoptedChannels() {}

    /**
     * Makes a channel that accepts from a listener.
     *
     * @param listener a descriptor of the listener, which stays open
     * @return the channel, with a descriptor of its own
     * @throws IOException if none can be had
     */
    public static ServerSocketChannel adopt(Descriptor listener) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
            Descriptor own = Descriptor.of(channel);
            own.replaceBy(listener);
            DESCRIPTORS.put(channel, own);
            return channel;
        } catch (IOException | RuntimeException x) {
            IO.close(channel);
            throw x;
        }
    }

    /**
     * Makes channels of listeners that another process has sent, all or none.
     *
     * @param listeners descriptors, which stay open
     * @param wanted where they must listen
     * @param backlog the length of their accept queues from now on
     * @return the channels; empty if one does not fit
     * @throws IOException if no descriptor can be had
     */
    public static List<ServerSocketChannel> adopt(List<Descriptor> listeners, InetSocketAddress wanted, int backlog)
            throws IOException {
        List<ServerSocketChannel> channels = new ArrayList<>();
        if (listeners.stream().allMatch(listener -> listener.isTcpListenerOn(wanted))) {
            try {
                for (Descriptor listener : listeners) {
                    listener.listen(backlog);
                    channels.add(adopt(listener));
                }
            } catch (IOException | RuntimeException x) {
                channels.forEach(IO::close);
                throw x;
            }
        }
        return channels;
    }

    /** Gives the descriptor of such a channel; null for any other. */
    static Descriptor descriptorOf(ServerSocketChannel channel) {
        return DESCRIPTORS.get(channel);
    }

    /**
     * Tells where a channel is bound to.
     *
     * @param channel a bound channel
     * @return its address in the kernel
     * @throws IOException if it is closed
     */
    public static InetSocketAddress addressOf(ServerSocketChannel channel) throws IOException {
        Descriptor adopted = descriptorOf(channel);
        InetSocketAddress address = (InetSocketAddress) channel.getLocalAddress(); // Throws if it is closed.
        return adopted == null ? address : adopted.address();
    }
}
