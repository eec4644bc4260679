package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.CapturedLog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said to systemd of descriptors; that it keeps them, whole processes show. */
@Timeout(20)
@EnabledOnOs(OS.LINUX)
class DescriptorStoreTest {
    private static final String NOBODY = "@sluice-test-nobody";

    @ParameterizedTest(name = "NOTIFY_SOCKET {0}, FDSTORE {1}")
    @CsvSource(
            nullValues = "-",
            value = {"-, -", "-, 4", NOBODY + ", -", NOBODY + ", 0", "'', 4"})
    void withoutItsVariablesThereIsNone(String socket, String capacity) {
        assertTrue(store(socket, capacity).isEmpty());
    }

    @Test
    void aCapacityThatIsNoNumberIsTold() throws Exception {
        try (CapturedLog log = new CapturedLog()) {
            assertTrue(store(NOBODY, "many").isEmpty());

            assertAlarm("FDSTORE is 'many'; allowed is a number: nothing is stored", log);
        }
    }

    /** Whoever stops hears that nobody has its listener, and drains. */
    @Test
    void oneThatDoesNotTakeThemIsTold() throws Exception {
        List<Descriptor> listeners = TestDescriptors.of(2);
        try {
            try (CapturedLog log = new CapturedLog()) {
                assertFalse(store(NOBODY, "4").orElseThrow().put(8080, listeners));
                assertAlarm("Systemd does not store the listeners, because " + NOBODY + ": ", log);
            }
            try (CapturedLog log = new CapturedLog()) {
                assertFalse(store(NOBODY, "1").orElseThrow().put(8080, listeners));
                assertAlarm(
                        "2 listeners are not stored, because FileDescriptorStoreMax is 1: new clients are refused",
                        log);
            }
        } finally {
            listeners.forEach(Descriptor::close);
        }
    }

    @Test
    void nothingWasPassedToAnotherProcess() {
        assertEquals(List.of(), store(NOBODY, "4").orElseThrow().take(8080));
    }

    private static void assertAlarm(String sentence, CapturedLog log) {
        assertEquals(1, log.alarms().size(), log.alarms()::toString);
        assertTrue(log.alarms().get(0).contains(sentence), log.alarms()::toString);
    }

    private static Optional<DescriptorStore> store(String socket, String capacity) {
        Map<String, String> environment = new HashMap<>();
        environment.put("LISTEN_PID", "1");
        if (socket != null) {
            environment.put("NOTIFY_SOCKET", socket);
        }
        if (capacity != null) {
            environment.put("FDSTORE", capacity);
        }
        return DescriptorStore.of(environment, PassedListeners.of(environment, 2, 3));
    }
}
