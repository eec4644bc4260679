package io.sluice.linux;

import io.sluice.DrainingServerConnector;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;

/**
 * A server that stops while two handshakes are half-open. The first ends, and its client sends a request, while the other
 * is still waited for.
 */
public final class GatedServer {
    private static final long BETWEEN_MILLIS = 500;
    private static final byte[] DEFER_SECONDS = {30, 0, 0, 30}; // In any byte order enough.

    private GatedServer() {}

    /** The argument: how many others listen on the port. */
    public static void main(String[] arguments) throws Exception {
        Server server = new Server();
        DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
        connector.setHost("127.0.0.1");
        connector.setDrainStrategy("gate");
        connector.setKeepAliveGrace(800);
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                response.write(true, ByteBuffer.wrap("ok".getBytes(StandardCharsets.US_ASCII)), callback);
                return true;
            }
        });
        server.start();
        int port = connector.getLocalPort();
        int listener =
                Descriptor.of((ServerSocketChannel) connector.getTransport()).fd();
        Libc.setsockopt(listener, Libc.IPPROTO_TCP, Libc.TCP_DEFER_ACCEPT, DEFER_SECONDS, DEFER_SECONDS.length);

        // A handshake that was deferred ends with the answer to the second SYN-ACK, after a second.
        Socket first = new Socket(InetAddress.getLoopbackAddress(), port);
        long firstEnds = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1150);
        TimeUnit.MILLISECONDS.sleep(BETWEEN_MILLIS);
        Socket second = new Socket(InetAddress.getLoopbackAddress(), port);
        for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
            listen(port);
        }
        CompletableFuture<Void> stop = CompletableFuture.runAsync(() -> stop(server));
        TimeUnit.NANOSECONDS.sleep(firstEnds - System.nanoTime());
        long asked = System.nanoTime();
        System.out.println("filter " + Features.detect().mayFilter());
        System.out.println("first " + ask(first));
        System.out.println("after ms " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked));
        System.out.println("second " + ask(second));
        stop.join();
        System.out.println("report " + connector.getLastDrainReport().toJson());
        System.out.println("lossless " + connector.getLastDrainReport().isLossless());
        System.exit(0);
    }

    private static void listen(int port) throws IOException {
        ServerSocketChannel.open()
                .setOption(StandardSocketOptions.SO_REUSEPORT, true)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    private static String ask(Socket client) {
        try (client) {
            client.setSoTimeout(5000);
            client.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            InputStream in = client.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\r\n", 2)[0];
        } catch (IOException x) {
            return x.toString();
        }
    }

    private static void stop(Server server) {
        try {
            server.stop();
        } catch (Exception x) {
            throw new AssertionError(x);
        }
    }
}
