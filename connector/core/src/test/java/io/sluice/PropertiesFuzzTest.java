package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.eclipse.jetty.server.Server;

/** Any value of any property is taken, and told by its getter, or refused with a sentence that changes nothing. */
class PropertiesFuzzTest {
    private final DrainingServerConnector connector = new DrainingServerConnector(new Server());

    /** A time in milliseconds, how it is set and read, and the least that is allowed. */
    enum Time {
        DRAIN_SETTLE(
                "drainSettle", 1, DrainingServerConnector::getDrainSettle, DrainingServerConnector::setDrainSettle),
        HANDSHAKE_TIMEOUT(
                "handshakeTimeout",
                1,
                DrainingServerConnector::getHandshakeTimeout,
                DrainingServerConnector::setHandshakeTimeout),
        DRAIN_TIMEOUT(
                "drainTimeout", 1, DrainingServerConnector::getDrainTimeout, DrainingServerConnector::setDrainTimeout),
        KEEP_ALIVE_GRACE(
                "keepAliveGrace",
                0,
                DrainingServerConnector::getKeepAliveGrace,
                DrainingServerConnector::setKeepAliveGrace),
        PRE_DRAIN_DELAY(
                "preDrainDelay",
                0,
                DrainingServerConnector::getPreDrainDelay,
                DrainingServerConnector::setPreDrainDelay),
        WAIT_FOR_SUCCESSOR(
                "waitForSuccessor",
                0,
                DrainingServerConnector::getWaitForSuccessor,
                DrainingServerConnector::setWaitForSuccessor);

        private final String property;
        private final long least;
        private final Function<DrainingServerConnector, Long> getter;
        private final Setter setter;

        Time(String property, long least, Function<DrainingServerConnector, Long> getter, Setter setter) {
            this.property = property;
            this.least = least;
            this.getter = getter;
            this.setter = setter;
        }

        /** Sets a number of milliseconds. */
        interface Setter {
            void set(DrainingServerConnector connector, long millis);
        }
    }

    @Property(tries = 1000)
    void times(@ForAll Time time, @ForAll("millis") long millis) {
        assertTakenOrRefused(
                millis,
                value -> time.setter.set(connector, value),
                () -> time.getter.apply(connector),
                millis >= time.least && millis <= Integer.MAX_VALUE,
                "%s is %d ms; allowed is %d to 2147483647 ms".formatted(time.property, millis, time.least));
    }

    @Property(tries = 500)
    void acceptQueueSizes(@ForAll int size) {
        assertTakenOrRefused(
                size,
                connector::setAcceptQueueSize,
                connector::getAcceptQueueSize,
                size >= 0,
                "acceptQueueSize is %d; allowed is 0 or more".formatted(size));
    }

    @Property(tries = 500)
    void ports(@ForAll("ints") int port) {
        assertTakenOrRefused(
                port,
                connector::setPort,
                connector::getPort,
                port >= 0 && port <= 65_535,
                "port is %d; allowed is 0 to 65535".formatted(port));
    }

    /** A strategy has one of four names, in any case; its name leads back to it. */
    @Property(tries = 1000)
    void strategies(@ForAll("strategyNames") String name) {
        DrainStrategy before = connector.getDrainStrategy();
        DrainStrategy expected = null;
        for (DrainStrategy strategy : DrainStrategy.values()) {
            expected = strategy.toString().equals(name.toLowerCase(Locale.ROOT)) ? strategy : expected;
        }

        if (expected == null) {
            Exception refused = assertThrows(IllegalArgumentException.class, () -> connector.setDrainStrategy(name));
            assertEquals(
                    "drainStrategy is '" + name + "'; allowed are auto, hand-over, steer, gate, two-pass",
                    refused.getMessage());
            assertEquals(before, connector.getDrainStrategy());
        } else {
            connector.setDrainStrategy(name);
            assertEquals(expected, connector.getDrainStrategy());
            assertEquals(expected, DrainStrategy.of(expected.toString()));
        }
    }

    /** No strategy at all was taken, and failed the start with a NullPointerException. */
    @Example
    void noStrategyIsRefused() {
        for (Consumer<DrainingServerConnector> setter : List.<Consumer<DrainingServerConnector>>of(
                c -> c.setDrainStrategy((DrainStrategy) null), c -> c.setDrainStrategy((String) null))) {
            Exception refused = assertThrows(IllegalArgumentException.class, () -> setter.accept(connector));
            assertEquals(
                    "drainStrategy is 'null'; allowed are auto, hand-over, steer, gate, two-pass",
                    refused.getMessage());
            assertEquals(DrainStrategy.AUTO, connector.getDrainStrategy());
        }
    }

    @Provide
    Arbitrary<Long> millis() {
        return Arbitraries.oneOf(
                Arbitraries.longs(),
                Arbitraries.longs().between(-2, 2),
                Arbitraries.longs().between(Integer.MAX_VALUE - 2L, Integer.MAX_VALUE + 2L));
    }

    @Provide
    Arbitrary<Integer> ints() {
        return Arbitraries.oneOf(
                Arbitraries.integers(),
                Arbitraries.integers().between(-2, 2),
                Arbitraries.integers().between(65_533, 65_538));
    }

    @Provide
    Arbitrary<String> strategyNames() {
        Arbitrary<String> name = Arbitraries.of(DrainStrategy.class).map(DrainStrategy::toString);
        Arbitrary<String> anyCase = Combinators.combine(name, Arbitraries.integers())
                .as((text, upper) -> {
                    StringBuilder mixed = new StringBuilder(text);
                    for (int i = 0; i < mixed.length(); i++) {
                        if ((upper >> i & 1) == 1) {
                            mixed.setCharAt(i, Character.toUpperCase(mixed.charAt(i)));
                        }
                    }
                    return mixed.toString();
                });
        return Arbitraries.oneOf(
                anyCase,
                name.map(text -> text + " "),
                name.map(text -> text.replace('-', '_')),
                Arbitraries.strings().ofMaxLength(20));
    }

    private static <T> void assertTakenOrRefused(
            T value, Consumer<T> setter, Supplier<T> getter, boolean allowed, String sentence) {
        T before = getter.get();
        if (allowed) {
            setter.accept(value);
            assertEquals(value, getter.get());
        } else {
            Exception refused = assertThrows(IllegalArgumentException.class, () -> setter.accept(value));
            assertEquals(sentence, refused.getMessage());
            assertEquals(before, getter.get());
        }
    }
}
