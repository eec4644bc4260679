package io.sluice.it.clients;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The HTTP client of the JDK as a program: sends requests until its input ends. It is a program because HTTP/2 wants a
 * newer JDK than the rest.
 */
public final class JdkClient {
    /** Each has connections of its own, so that every worker has some. */
    private static final int CLIENTS = 4;

    private static final int THREADS_PER_CLIENT = 4;
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);

    private final HttpClient client;
    private final HttpRequest request;
    private final HttpClient.Version version;

    private JdkClient(HttpClient client, HttpRequest request, HttpClient.Version version) {
        this.client = client;
        this.request = request;
        this.version = version;
    }

    /**
     * Sends requests.
     *
     * @param args HTTP_1_1 or HTTP_2, and the URL
     * @throws Exception if no request can be made at all
     */
    public static void main(String[] args) throws Exception {
        HttpClient.Version version = HttpClient.Version.valueOf(args[0]);
        HttpRequest request = HttpRequest.newBuilder(URI.create(args[1]))
                .timeout(REQUEST_LIMIT)
                .build();
        List<Loop> loops = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            HttpClient client = HttpClient.newBuilder()
                    .version(version)
                    .sslContext(trustingEverybody())
                    .build();
            JdkClient requests = new JdkClient(client, request, version);
            // HTTP/2 makes its connection with the first request; several at once would make several.
            Tally first = requests.once();
            for (int j = 0; j < THREADS_PER_CLIENT; j++) {
                loops.add(new Loop(requests, j == 0 ? first : Tally.NONE));
            }
        }
        loops.forEach(Thread::start);
        while (System.in.read() >= 0) {
            // Whoever started us closes our input when it is enough.
        }
        Tally sum = Tally.NONE;
        for (Loop loop : loops) {
            loop.stopped = true;
        }
        for (Loop loop : loops) {
            loop.join();
            sum = sum.plus(loop.tally);
        }
        System.out.print(JdkClientOutput.print(sum));
        System.exit(0); // The clients' own threads would stay for a while.
    }

    private Tally once() throws InterruptedException {
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.version() != version) {
                return Tally.error(response.version() + " instead of " + version);
            }
            return Tally.status(response.statusCode());
        } catch (HttpTimeoutException x) {
            return Tally.timeout(x.toString());
        } catch (IOException | RuntimeException x) {
            return Tally.error(x.toString());
        }
    }

    private static SSLContext trustingEverybody() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustEverybody()}, null);
        return context;
    }

    private static final class Loop extends Thread {
        private final JdkClient requests;
        private volatile boolean stopped;
        private Tally tally;

        private Loop(JdkClient requests, Tally tally) {
            this.requests = requests;
            this.tally = tally;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                while (!stopped) {
                    tally = tally.plus(requests.once());
                }
            } catch (InterruptedException x) {
                // Nobody interrupts it; if somebody does, that is its end.
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The example's certificate is signed by nobody. */
    private static final class TrustEverybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
