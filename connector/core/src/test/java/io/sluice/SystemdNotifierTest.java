package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.linux.DatagramReceiver;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.LifeCycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

/** What systemd hears of a server. */
@Timeout(20)
@EnabledOnOs(OS.LINUX)
class SystemdNotifierTest {
    @TempDir
    private Path directory;

    /** By a path, and by an abstract name, as systemd has had both. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void itHearsOfTheStartAndTheStop(boolean isAbstract) throws Exception {
        String name = isAbstract
                ? "@sluice-test-" + ProcessHandle.current().pid()
                : directory.resolve("notify").toString();
        try (DatagramReceiver systemd = new DatagramReceiver(name)) {
            DrainingServerConnector connector = connector(name);
            Server server = connector.getServer();
            server.addEventListener(new LifeCycle.Listener() {
                @Override
                public void lifeCycleStarting(LifeCycle starting) {
                    assertEquals(List.of(), systemd.received());
                }
            });

            server.start();
            assertEquals(List.of("READY=1"), systemd.received());
            assertTrue(connector.isReady());

            server.stop();
            assertEquals(List.of("STOPPING=1"), systemd.received());
        }
    }

    @ParameterizedTest
    @NullAndEmptySource
    void nobodyIsToldWithoutASocket(String name) throws Exception {
        try (CapturedLog log = new CapturedLog()) {
            startAndStop(name);

            assertEquals(List.of(), log.alarms());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nowhere/notify", "@sluice-nobody", "vsock:2:1"})
    void whoCannotBeToldIsAWarning(String name) throws Exception {
        try (CapturedLog log = new CapturedLog()) {
            startAndStop(name);

            assertEquals(2, log.alarms().size(), log.alarms()::toString);
            assertTrue(log.alarms().get(0).contains("Systemd cannot be told READY=1, because " + name + ": "));
        }
    }

    @Test
    void aNameThatIsTooLongIsAWarningToo() throws Exception {
        try (CapturedLog log = new CapturedLog()) {
            startAndStop("/" + "x".repeat(107));

            assertTrue(
                    log.alarms().get(0).contains("has 108 bytes; allowed for the name of a Unix socket is 1 to 107"));
        }
    }

    private static void startAndStop(String name) throws Exception {
        Server server = connector(name).getServer();
        server.start();
        server.stop();
    }

    private static DrainingServerConnector connector(String name) {
        Server server = new Server();
        server.addEventListener(new SystemdNotifier(name));
        DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        return connector;
    }
}
