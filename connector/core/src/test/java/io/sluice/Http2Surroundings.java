package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.Socket;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** How HTTP/2 is reached, and what surrounds the application. */
enum Http2Surroundings {
    CLEAR_TEXT,
    TLS {
        @Override
        ServerConnector connector(Server server) {
            return new DrainingServerConnector(server, 1, 1, tls.alpn());
        }

        @Override
        Http2Client on(Socket line) throws Exception {
            return Http2Client.of(shakenHands(line));
        }
    },
    GRACEFUL_HANDLER {
        @Override
        void prepare(TestServer server) {
            server.withGracefulHandler().withStopTimeout(5000);
        }
    };

    private static Tls tls;

    /** To be called before TLS is used. */
    static void makeCertificate(Path directory) throws Exception {
        tls = new Tls(directory);
    }

    ServerConnector connector(Server server) {
        HttpConfiguration configuration = new HttpConfiguration();
        return new DrainingServerConnector(
                server,
                1,
                1,
                new HttpConnectionFactory(configuration),
                new HTTP2CServerConnectionFactory(configuration));
    }

    void prepare(TestServer server) {}

    Http2Client connect(int port) throws Exception {
        return on(TestClient.connected(new Socket(), port));
    }

    /** A client whose line is connected already. */
    Http2Client on(Socket line) throws Exception {
        return Http2Client.of(line);
    }

    TestServer start(long keepAliveGrace) throws Exception {
        TestServer server = new TestServer(this::connector);
        prepare(server);
        ((DrainingServerConnector) server.connector).setKeepAliveGrace(keepAliveGrace);
        return server.start();
    }

    /** In TLS with HTTP/2 agreed on, without a word of HTTP/2. */
    static Socket shakenHands(Socket line) throws Exception {
        SSLSocket socket = tls.client(line, "h2");
        socket.startHandshake();
        assertEquals("h2", socket.getApplicationProtocol());
        return socket;
    }
}
