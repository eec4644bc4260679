package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.DrainingServerConnector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * A client whose first request was thrown away behind a minimum TTL, and who repeats it only after the grace: who had to
 * send the SYN again does so after 3 s.
 */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class DroppedRequestTest {
    private static final int HIGHEST_TTL = 255;
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private final Server server = new Server();
    private final DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
    private Socket client;
    private Descriptor accepted;

    @BeforeEach
    void anOpenConnection() throws Exception {
        connector.setHost("127.0.0.1");
        connector.setKeepAliveGrace(300);
        connector.setDrainTimeout(8000);
        server.addConnector(connector);
        server.start();
        client = new Socket("127.0.0.1", connector.getLocalPort());
        Awaitility.await().until(() -> connector.getConnectedEndPoints().size() == 1);
        accepted = Descriptor.ofAccepted(channel(), 0).orElseThrow();
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        server.stop();
    }

    @Test
    void theRequestIsWaitedFor() throws Exception {
        sendDropped();

        CompletableFuture<Void> stop = CompletableFuture.runAsync(this::stopServer);
        TimeUnit.MILLISECONDS.sleep(1000);
        accepted.setMinTtl(Libc.AF_INET6, 0); // The client's kernel sends it again, a second later at most.

        assertTrue(answer().startsWith("HTTP/1.1 404 "));
        stop.get(10, TimeUnit.SECONDS);
        assertTrue(connector.getLastDrainReport().isLossless());
        assertEquals(0, connector.getLastDrainReport().idleClosed());
    }

    /** What was thrown away may have been all that the client had to say: a reset, which comes once. */
    @Test
    @Tag("slow")
    void butNotForEver() throws Exception {
        sendDropped();

        long begin = System.nanoTime();
        stopServer();

        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        assertTrue(millis < 5000, millis + " ms");
        assertEquals(1, connector.getLastDrainReport().idleClosed());
    }

    /** Nothing was thrown away of a client that says nothing. */
    @Test
    void aSilentClientHasTheGrace() {
        long begin = System.nanoTime();
        stopServer();

        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        assertTrue(millis < 1500, millis + " ms");
        assertEquals(1, connector.getLastDrainReport().idleClosed());
    }

    private void sendDropped() throws IOException {
        accepted.setMinTtl(Libc.AF_INET6, HIGHEST_TTL);
        client.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
        Awaitility.await()
                .until(() -> SocketState.of((InetSocketAddress) client.getRemoteSocketAddress(), (InetSocketAddress)
                                client.getLocalSocketAddress())
                        .filter(state -> state.dropped() > 0)
                        .isPresent());
    }

    private String answer() throws IOException {
        client.setSoTimeout(6000);
        try {
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        } catch (SocketTimeoutException x) {
            return x.toString();
        }
    }

    private SocketChannel channel() {
        return ((SocketChannelEndPoint)
                        connector.getConnectedEndPoints().iterator().next())
                .getChannel();
    }

    private void stopServer() {
        try {
            server.stop();
        } catch (Exception x) {
            throw new AssertionError(x);
        }
    }
}
