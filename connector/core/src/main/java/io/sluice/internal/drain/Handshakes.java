package io.sluice.internal.drain;

import io.sluice.linux.ReusePortGroup;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Tells half-open handshakes whose client answers late from those that nobody will finish, as a scanner leaves them. A client
 * that has its SYN-ACK answers it; if one of the two is lost, the kernel sends the SYN-ACK again after a second, then after
 * two more, and so on. Who had been sent it again before we first looked has let a second go by: one more since the last
 * SYN-ACK, for a round trip, is all that is waited then. (A client that has no SYN-ACK yet loses nothing by the close: it
 * sends its SYN again, to whoever listens.) A handshake that was young when we first looked is waited for as long as
 * handshakes may take.
 *
 * <p>The kernel does not tell which listener of the port a handshake belongs to. So all are watched that were there when the
 * wait began.
 */
final class Handshakes {
    /** What is over by then needs no look, which takes the kernel some milliseconds on a large machine. */
    private static final Duration FIRST_LOOK = Duration.ofMillis(50);

    private static final Duration LOOK = Duration.ofMillis(100);
    private static final Duration ROUND_TRIP = Duration.ofSeconds(1); // As much as RFC 6298 assumes of an unknown one.

    private final ReusePortGroup group;
    private final Drain.Time time;

    /** Each handshake that was old when it was first seen. */
    private final Map<InetSocketAddress, LastSynAck> old = new HashMap<>();

    /** Those that were there when the wait began and are not over; null before the first look. */
    private Set<InetSocketAddress> watched;

    private long nextLook;
    private int abandoned;
    private int waitedFor;

    /** What was seen of the last SYN-ACK: how often one had been sent again by then, and when that was first seen. */
    private record LastSynAck(int sentAgain, long seen) {}

    /** Watches those of this group. */
    Handshakes(ReusePortGroup group, Drain.Time time) {
        this.group = group;
        this.time = time;
    }

    /** Begins a wait: no handshake of ours begins after it. */
    void begin() {
        watched = null;
        abandoned = 0;
        waitedFor = 0;
        nextLook = time.nanoTime() + (old.isEmpty() ? FIRST_LOOK.toNanos() : 0);
    }

    /** Tells whether so many handshakes of ours, which are all that are half-open, are all abandoned. */
    boolean areAbandoned(int ours) {
        if (time.nanoTime() >= nextLook) {
            look();
            nextLook = time.nanoTime() + LOOK.toNanos();
        }
        return abandonedOf(ours) == ours;
    }

    /** Tells how many of ours are abandoned at least, of so many that are half-open. */
    int abandonedOf(int ours) {
        return Math.max(0, Math.min(abandoned, ours - waitedFor));
    }

    private void look() {
        Map<InetSocketAddress, Integer> now = group.handshakes().orElse(Map.of());
        if (watched == null) {
            watched = new HashSet<>(now.keySet());
            now.forEach((client, sentAgain) -> {
                if (sentAgain > 0) {
                    old.putIfAbsent(client, new LastSynAck(sentAgain, time.nanoTime()));
                }
            });
        }
        watched.retainAll(now.keySet());
        watched.forEach(client -> old.computeIfPresent(
                client,
                (same, last) ->
                        last.sentAgain() == now.get(client) ? last : new LastSynAck(now.get(client), time.nanoTime())));
        abandoned = (int) watched.stream().filter(this::isAbandoned).count();
        waitedFor = watched.size() - abandoned;
    }

    private boolean isAbandoned(InetSocketAddress client) {
        LastSynAck last = old.get(client);
        return last != null && time.nanoTime() - last.seen() >= ROUND_TRIP.toNanos();
    }
}
