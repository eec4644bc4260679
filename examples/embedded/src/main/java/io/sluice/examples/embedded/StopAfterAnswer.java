package io.sluice.examples.embedded;

import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the server once a request is answered: after a number of requests, or because the application marked the
 * request with an attribute of this class's name.
 */
final class StopAfterAnswer extends Handler.Wrapper {
    private static final Logger LOG = LoggerFactory.getLogger(StopAfterAnswer.class);

    private final Server server;
    private final int maxRequests;
    private final AtomicInteger answered = new AtomicInteger();

    /**
     * Wraps a handler.
     *
     * @param maxRequests stop after so many requests; 0 means never
     */
    StopAfterAnswer(Handler handler, Server server, int maxRequests) {
        super(handler);
        this.server = server;
        this.maxRequests = maxRequests;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        // A completion listener runs when the response is written.
        Request.addCompletionListener(request, failure -> {
            boolean asked = request.getAttribute(StopAfterAnswer.class.getName()) != null;
            if (answered.incrementAndGet() == maxRequests || asked) {
                // The drain does not wait for a request that stops its own server, but Jetty's stop timeout does.
                new Thread(this::stopServer, "stop-after-answer").start();
            }
        });
        return super.handle(request, response, callback);
    }

    private void stopServer() {
        try {
            server.stop();
        } catch (Exception x) {
            LOG.warn("Stop failed", x);
        }
    }
}
