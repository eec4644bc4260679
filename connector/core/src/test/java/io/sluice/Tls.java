package io.sluice;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** A certificate of the tests' own, and both ends of TLS connections with it. */
final class Tls {
    private static final String PASSWORD = "password";

    private final Path keyStore;
    private final SSLContext context;

    /** Makes a key pair in the directory. */
    Tls(Path directory) throws IOException, GeneralSecurityException, InterruptedException {
        keyStore = directory.resolve("localhost.p12");
        Process keytool = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "localhost",
                        "-dname",
                        "CN=localhost",
                        "-keyalg",
                        "EC",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        keyStore.toString()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!keytool.waitFor(30, TimeUnit.SECONDS)) {
            keytool.destroyForcibly();
        }

        KeyStore trusted = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keyStore)) {
            trusted.load(in, PASSWORD.toCharArray());
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
    }

    /** HTTP/1.1 over TLS. */
    ConnectionFactory[] http1() {
        HttpConnectionFactory http = new HttpConnectionFactory();
        return new ConnectionFactory[] {ssl(http.getProtocol()), http};
    }

    /** HTTP/2 or HTTP/1.1 over TLS, as the client likes. */
    ConnectionFactory[] alpn() {
        HttpConnectionFactory http = new HttpConnectionFactory();
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
        alpn.setDefaultProtocol(http.getProtocol());
        return new ConnectionFactory[] {
            ssl(alpn.getProtocol()), alpn, new HTTP2ServerConnectionFactory(http.getHttpConfiguration()), http
        };
    }

    SslConnectionFactory ssl(String nextProtocol) {
        SslContextFactory.Server server = new SslContextFactory.Server();
        server.setKeyStorePath(keyStore.toString());
        server.setKeyStorePassword(PASSWORD);
        return new SslConnectionFactory(server, nextProtocol);
    }

    /** The client's end on a connected socket; its handshake begins when it is asked for, or with the first byte. */
    SSLSocket client(Socket connected, String... protocols) throws IOException {
        SSLSocket client =
                (SSLSocket) context.getSocketFactory().createSocket(connected, "localhost", connected.getPort(), true);
        SSLParameters parameters = client.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        client.setSSLParameters(parameters);
        return client;
    }
}
