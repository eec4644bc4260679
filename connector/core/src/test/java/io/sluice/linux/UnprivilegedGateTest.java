package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.TestJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server without any capability, as most are: on newer kernels it may attach no filter. */
@Tag("slow")
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class UnprivilegedGateTest {
    /**
     * Alone on its port, and with another listener. The first client was deaf until the second one's handshake was over,
     * and was closed as silent before that; the report told of no loss.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whoEndsItsHandshakeBehindTheGateIsServed(int others) throws Exception {
        // Not as another user, who could not read the class path; without capabilities root is as good as one.
        TestJvm jvm = "root".equals(System.getProperty("user.name"))
                ? new TestJvm("setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs")
                : new TestJvm();

        String output = jvm.run(GatedServer.class, Integer.toString(others));

        assertTrue(output.contains("\nfirst HTTP/1.1 200 OK\n"), output);
        assertTrue(output.contains("\nsecond HTTP/1.1 200 OK\n"), output);
        assertTrue(output.contains("\nlossless true\n"), output);
    }
}
