package io.sluice.linux;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The listeners that share one port through SO_REUSEPORT, of whichever process, as seen by those of one connector. All
 * that a drain asks of the operating system begins here. {@link #NONE} is the group of a platform without native access.
 *
 * <p>A drain asks each question once, whatever the number of its listeners, and in one thread. Only {@link #members} and
 * {@link #detachLeftover} may be asked from any thread.
 */
public interface ReusePortGroup {
    /** The group of which nothing is known, and in which nothing can be steered. */
    ReusePortGroup NONE = new ReusePortGroup() {};

    /** What is said of a listener of which others have a descriptor, or may have one: what is set on it stays for them. */
    String HELD_ELSEWHERE = "as others may hold the listener, nothing is set on it";

    /**
     * Finds the group of listening channels.
     *
     * @param channels bound channels that listen on one address, opened by us; they are steered around and leave together
     * @param features what this machine can do; it must have native access
     * @return their group
     * @throws IOException if the kernel does not answer what a drain will ask; the message says why
     */
    static ReusePortGroup of(List<ServerSocketChannel> channels, Features features) throws IOException {
        return LinuxReusePortGroup.of(channels, features.mayFilter());
    }

    /**
     * Gives the kernel's side of one of our own listeners.
     *
     * @param index its index among the channels that the group was found by
     * @return the listener
     */
    default KernelListener listener(int index) {
        return KernelListener.NONE;
    }

    /**
     * Tells whether a listener of another process could be one of ours: TCP, the same address, family and device, and
     * IPv6-only or not.
     *
     * @param received a descriptor, of whatever
     * @return false too where there is no native access
     */
    default boolean isLikeOurs(Descriptor received) {
        return false;
    }

    /**
     * Finds the kernel's side of a listener of another process.
     *
     * @param other its channel, see {@link AdoptedChannels}
     * @return what {@link #adopt} may make one of ours
     * @throws IOException if it cannot be found
     */
    default KernelListener listenerOf(ServerSocketChannel other) throws IOException {
        return KernelListener.NONE;
    }

    /**
     * Makes a listener of another process one of ours.
     *
     * @param other what {@link #listenerOf} gave
     * @param backlog the length of its accept queue from now on
     */
    default void adopt(KernelListener other, int backlog) {}

    /**
     * Tells whether others have got a descriptor of one of our listeners. It takes a look at the descriptors of all
     * processes that we may see.
     *
     * @return true if nothing may be set on our listeners, because it would stay for the others
     */
    default boolean isHeldElsewhere() {
        return false;
    }

    /**
     * Counts the listeners that share the port: same network namespace, address, port, user, device, and IPv6-only or not.
     *
     * @return at least 1, or {@link KernelListener#UNKNOWN}
     */
    default int members() {
        return KernelListener.UNKNOWN;
    }

    /**
     * Lists the half-open handshakes with all members of the group, and with all else that listens on the port. The kernel
     * does not tell whose they are, and it takes a while, because the kernel looks at all connections.
     *
     * @return the client of each, and how often it was sent the SYN-ACK again; empty where that cannot be seen
     */
    default Optional<Map<InetSocketAddress, Integer>> handshakes() {
        return Optional.empty();
    }

    /**
     * Keeps the other processes of the group from steering: the group has one program, and two drains would overwrite
     * each other's.
     *
     * @param bound the longest wait for another process that has the lock
     * @return false if the wait was too short, or if the group has no members but our own listeners
     */
    default boolean tryLock(Duration bound) {
        return false;
    }

    /**
     * Tells why no probe can be sent to the group, as the machine is now.
     *
     * @return the reason; empty where one can
     */
    default Optional<String> obstacleToProbing() {
        return Optional.of("the members of the group are not known");
    }

    /**
     * Sends a probe to each member of the group. A listener that accepts one learns its index from it.
     *
     * @return false if none could be sent, so that none will come back
     */
    default boolean probe() {
        return false;
    }

    /**
     * Sends new SYNs to the other members of the group.
     *
     * @return false as long as the index of one of our listeners is not known; nothing is steered then
     */
    default boolean steer() {
        return false;
    }

    /**
     * Takes a listener out of the group without a moment in which the kernel could choose it for a new SYN. The kernel's
     * listener is closed on return, the channel is not yet. Does nothing in a group that was never probed: there the
     * channel's own close is enough.
     *
     * @param listener one of our own; it may have left before
     */
    default void leave(KernelListener listener) {}

    /** Lets the next process steer. Does nothing without a lock. */
    default void unlock() {}

    /**
     * Ends the steering that other members have left behind, by leaving the group or by being killed in a drain. Does not
     * wait.
     *
     * @return false if a drain is under way, or somebody pretends that, so that it must be tried again
     */
    default boolean detachLeftover() {
        return true;
    }
}
