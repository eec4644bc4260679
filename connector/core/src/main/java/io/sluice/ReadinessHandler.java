package io.sluice;

import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers a path with {@code 200 ready} while all {@link DrainingServerConnector}s of its server are {@link
 * DrainingServerConnector#isReady() ready}, and with {@code 503 draining} from the moment in which one of them is stopped;
 * passes everything else on.
 *
 * <p>For processes that have a port of their own. On a port that processes share any of them may answer: there, use a {@link
 * ReadinessPort}.
 */
public class ReadinessHandler extends Handler.Wrapper {
    private final String path;

    /** Answers {@code /ready}. */
    public ReadinessHandler() {
        this("/ready");
    }

    /**
     * Answers one path.
     *
     * @param path the path, with its slash, in the context in which the handler is
     */
    public ReadinessHandler(String path) {
        this.path = path;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (!path.equals(Request.getPathInContext(request))) {
            return super.handle(request, response, callback);
        }
        Readiness readiness = Readiness.of(getServer());
        response.setStatus(readiness.status());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        response.write(true, StandardCharsets.US_ASCII.encode(readiness.body()), callback);
        return true;
    }
}
