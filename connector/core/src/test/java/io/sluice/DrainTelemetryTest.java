package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.awaitility.Awaitility;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What can be seen of a drain from outside. */
@Timeout(60)
class DrainTelemetryTest {
    @Test
    void aDrainIsAFlightRecorderEvent(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("drain.jfr");
        DrainReport report;
        try (Recording recording = new Recording();
                TestServer server = new TestServer(TestServer::draining)) {
            recording.enable("io.sluice.Drain");
            recording.start();
            server.start();
            server.server.stop();
            report = server.report();
            recording.stop();
            recording.dump(file);
        }

        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertEquals(1, events.size());
        RecordedEvent event = events.get(0);
        assertEquals(report.strategy().toString(), event.getString("strategy"));
        assertEquals("SERVER_STOP", event.getString("reason"));
        assertEquals(report.members(), event.getInt("members"));
        assertEquals(report.untilFirstPass(), event.getDuration("untilFirstPass"));
        assertEquals(report.untilSettled(), event.getDuration("untilSettled"));
        assertEquals(report.untilClosed(), event.getDuration("untilClosed"));
        assertEquals(report.untilAnswered(), event.getDuration("untilAnswered"));
        assertTrue(event.getDuration().compareTo(report.untilAnswered()) >= 0, event::toString);
    }

    /** So is what another one takes over, on both sides. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void anAdoptionIsRecordedAndMetered(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("adoption.jfr");
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (Recording recording = new Recording();
                TestServer old = new TestServer(TestServer::draining);
                TestServer other = new TestServer(TestServer::draining)) {
            recording.enable("io.sluice.Drain");
            recording.enable("io.sluice.Adoption");
            recording.start();
            new DrainMetrics((DrainingServerConnector) old.connector, Tags.of("connector", "old")).bindTo(registry);
            new DrainMetrics((DrainingServerConnector) other.connector, Tags.of("connector", "other")).bindTo(registry);
            old.start();
            other.connector.setPort(old.port());
            try (TestClient client = TestClient.connect(old.port())) {
                client.send(TestClient.GET);
                client.readResponse();
                other.start();
                old.server.stop();
                Counter listeners = registry.get("sluice.adopted")
                        .tags("connector", "other", "crashed", "false")
                        .counter();
                Counter connections = registry.get("sluice.adopted.connections")
                        .tag("connector", "other")
                        .counter();
                Awaitility.await().until(() -> listeners.count() == 1 && connections.count() == 1);
            }
            recording.stop();
            recording.dump(file);
        }

        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        long pid = ProcessHandle.current().pid();
        List<RecordedEvent> adoptions = events.stream()
                .filter(event -> event.getEventType().getName().equals("io.sluice.Adoption"))
                .toList();
        assertEquals(2, adoptions.size());
        for (RecordedEvent adoption : adoptions) {
            assertEquals(pid, adoption.getLong("from"));
            assertFalse(adoption.getBoolean("crashed"));
            assertEquals(0, adoption.getInt("lost"));
        }
        assertEquals(
                1,
                adoptions.stream()
                        .mapToInt(adoption -> adoption.getInt("listeners"))
                        .sum());
        assertEquals(
                1,
                adoptions.stream()
                        .mapToInt(adoption -> adoption.getInt("connections"))
                        .sum());
        RecordedEvent drain = find(events, "io.sluice.Drain");
        assertEquals(pid, drain.getLong("takenOverBy"));
        assertEquals(1, drain.getInt("handedOver"));
        assertEquals(1, drain.getInt("connectionsHandedOver"));
        assertEquals(
                1,
                registry.get("sluice.drain.connections.handed.over")
                        .tag("connector", "old")
                        .counter()
                        .count());
        assertEquals(
                1,
                registry.get("sluice.drain.handed.over")
                        .tag("connector", "old")
                        .counter()
                        .count());
    }

    private static RecordedEvent find(List<RecordedEvent> events, String name) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Each phase ends when or after the one before it has. */
    @Test
    void thePhasesFollowEachOther() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining).start()) {
            server.server.stop();

            DrainReport report = server.report();
            List<Duration> ends = List.of(
                    Duration.ZERO,
                    report.untilFirstPass(),
                    report.untilSettled(),
                    report.untilClosed(),
                    report.untilAnswered());
            assertEquals(ends.stream().sorted().toList(), ends);
        }
    }

    @Test
    void drainsAreMetered() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (TestServer server = new TestServer(TestServer::draining)) {
            DrainingServerConnector connector = (DrainingServerConnector) server.connector;
            new DrainMetrics(connector, Tags.of("connector", "http")).bindTo(registry);
            server.start();
            assertEquals(4096, registry.get("sluice.accept.queue.size").gauge().value());

            server.server.stop();

            DrainReport report = server.report();
            assertEquals(1, registry.get("sluice.drain").timer().count());
            assertEquals(
                    report.untilAnswered().toNanos(),
                    registry.get("sluice.drain").timer().totalTime(TimeUnit.NANOSECONDS));
            assertEquals(0, registry.get("sluice.drain.lost").counter().count());
            assertEquals(0, registry.get("sluice.drain.stragglers").counter().count());
            assertNotNull(registry.get("sluice.drain.connections")
                    .tag("connector", "http")
                    .counter());
            assertEquals(-1, registry.get("sluice.accept.queue.length").gauge().value());
        }
    }

    /** A full accept queue is what nobody sees otherwise. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void connectionsThatWaitAreCounted() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (TestServer server = new TestServer(DrainTelemetryTest::drainingByGate)) {
            DrainingServerConnector connector = (DrainingServerConnector) server.connector;
            new DrainMetrics(connector, Tags.empty()).bindTo(registry);
            connector.open(); // And nobody accepts yet.
            List<TestClient> clients = TestClient.connectAndSend(server.port(), 7);

            assertEquals(7, connector.getAcceptQueueLength());
            assertEquals(7, registry.get("sluice.accept.queue.length").gauge().value());

            server.start();
            for (TestClient client : clients) {
                assertTrue(TestClient.isAnswered(client.readResponse()));
                client.close();
            }
            assertEquals(0, connector.getAcceptQueueLength());
        }
    }

    private static DrainingServerConnector drainingByGate(Server server) {
        DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
        connector.setDrainStrategy(DrainStrategy.GATE);
        return connector;
    }
}
