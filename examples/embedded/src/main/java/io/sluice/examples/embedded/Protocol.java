package io.sluice.examples.embedded;

import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.AbstractHTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.WindowRateControl;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.resource.ResourceFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** What a worker speaks. */
enum Protocol {
    /** HTTP/1.1. */
    HTTP {
        @Override
        ConnectionFactory[] factories() {
            return new ConnectionFactory[] {new HttpConnectionFactory()};
        }
    },
    /** HTTP/2 in clear text, and HTTP/1.1. */
    H2C {
        @Override
        ConnectionFactory[] factories() {
            HttpConfiguration configuration = new HttpConfiguration();
            return new ConnectionFactory[] {
                new HttpConnectionFactory(configuration), manyStreams(new HTTP2CServerConnectionFactory(configuration))
            };
        }
    },
    /** HTTP/1.1 over TLS. */
    HTTPS {
        @Override
        ConnectionFactory[] factories() {
            HttpConnectionFactory http = new HttpConnectionFactory(secure());
            return new ConnectionFactory[] {new SslConnectionFactory(tls(), http.getProtocol()), http};
        }
    },
    /** HTTP/2 or HTTP/1.1 over TLS, as the client likes. */
    H2 {
        @Override
        ConnectionFactory[] factories() {
            HttpConfiguration configuration = secure();
            HttpConnectionFactory http = new HttpConnectionFactory(configuration);
            ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
            alpn.setDefaultProtocol(http.getProtocol());
            return new ConnectionFactory[] {
                new SslConnectionFactory(tls(), alpn.getProtocol()),
                alpn,
                manyStreams(new HTTP2ServerConnectionFactory(configuration)),
                http
            };
        }
    };

    /** As many as a proxy sends, which passes on the streams of all its clients on one connection. */
    private static final int EVENTS_PER_SECOND = 20_000;

    abstract ConnectionFactory[] factories();

    /**
     * Jetty ends a connection on which more than 128 WINDOW_UPDATE, PING and other such frames come in a second. HAProxy
     * sends one for each answer that has a body.
     */
    private static ConnectionFactory manyStreams(AbstractHTTP2ServerConnectionFactory factory) {
        factory.setRateControlFactory(new WindowRateControl.Factory(EVENTS_PER_SECOND));
        return factory;
    }

    private static HttpConfiguration secure() {
        HttpConfiguration configuration = new HttpConfiguration();
        // The example's certificate is for localhost, whatever name clients use.
        configuration.addCustomizer(new SecureRequestCustomizer(false));
        return configuration;
    }

    private static SslContextFactory.Server tls() {
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setKeyStoreResource(ResourceFactory.of(tls).newClassLoaderResource("localhost-example.p12"));
        tls.setKeyStorePassword("example");
        return tls;
    }
}
