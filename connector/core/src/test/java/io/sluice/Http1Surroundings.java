package io.sluice;

import java.net.Socket;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConnectionFactory;

/** How HTTP/1.1 is reached. */
enum Http1Surroundings {
    CLEAR_TEXT {
        @Override
        ConnectionFactory[] factories() {
            return new ConnectionFactory[] {new HttpConnectionFactory()};
        }
    },
    /** The connector would speak HTTP/2 as well. */
    BESIDE_HTTP_2 {
        @Override
        ConnectionFactory[] factories() {
            HttpConnectionFactory http = new HttpConnectionFactory();
            return new ConnectionFactory[] {http, new HTTP2CServerConnectionFactory(http.getHttpConfiguration())};
        }
    },
    TLS {
        @Override
        ConnectionFactory[] factories() {
            return tls.http1();
        }

        @Override
        Socket on(Socket line) throws Exception {
            return shakenHands(line);
        }
    },
    /** The same, asked for by the client. */
    ALPN {
        @Override
        ConnectionFactory[] factories() {
            return tls.alpn();
        }

        @Override
        Socket on(Socket line) throws Exception {
            return shakenHands(line);
        }
    };

    private static Tls tls;

    /** To be called before TLS is used. */
    static void makeCertificate(Path directory) throws Exception {
        tls = new Tls(directory);
    }

    abstract ConnectionFactory[] factories();

    /** A server that is not started yet. */
    TestServer server() {
        return QuietStop.shortGrace(new TestServer(running -> new DrainingServerConnector(running, 1, 1, factories())));
    }

    TestClient connect(TestServer server) throws Exception {
        return connect(server, new Socket());
    }

    /** The same through this socket; the TLS handshake is over afterwards. */
    TestClient connect(TestServer server, Socket line) throws Exception {
        return TestClient.of(on(TestClient.connected(line, server.port())));
    }

    Socket on(Socket line) throws Exception {
        return line;
    }

    private static Socket shakenHands(Socket line) throws Exception {
        SSLSocket socket = tls.client(line, "http/1.1");
        socket.startHandshake();
        return socket;
    }
}
