package io.sluice.examples.rolling;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Requests over HTTP/2, with the JDK's client: it sends those again that a GOAWAY declares unprocessed, as HTTP/2 wants
 * it.
 */
final class Http2Client implements Client {
    /** The first JDK whose client heeds GOAWAY: older ones fail each open stream at any GOAWAY. */
    static final int LEAST_JDK = 25;

    /** Each has a connection of its own, so that every worker has some. */
    private static final int CLIENTS = 8;

    private final List<HttpClient> clients;
    private final AtomicInteger turn = new AtomicInteger();
    private final URI uri;

    Http2Client(Transport transport, InetSocketAddress address) {
        String scheme = transport == Transport.TLS ? "https" : "http";
        uri = URI.create("%s://%s:%d/".formatted(scheme, address.getAddress().getHostAddress(), address.getPort()));
        clients = Stream.generate(Http2Client::client).limit(CLIENTS).toList();
    }

    private static HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_2)
                .sslContext(TrustEverybody.CONTEXT)
                .build();
    }

    @Override
    public Outcome get(Duration limit) {
        HttpClient client = clients.get(Math.floorMod(turn.getAndIncrement(), CLIENTS));
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(limit).build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            return response.version() == HttpClient.Version.HTTP_2
                    ? ResponseReader.byStatus(response.statusCode())
                    : Outcome.OTHER;
        } catch (HttpTimeoutException x) {
            return Outcome.TIMEOUT;
        } catch (ConnectException x) {
            return Outcome.REFUSED;
        } catch (IOException x) {
            return Outcome.RESET;
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt();
            return Outcome.OTHER;
        }
    }
}
