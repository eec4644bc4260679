package io.sluice;

import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.Callback;

/** The first half of the body goes out at once, and with it the headers; the second when the test lets it. */
final class OkInTwoParts extends Handler.Abstract {
    private final CountDownLatch goOn;

    OkInTwoParts(CountDownLatch goOn) {
        this.goOn = goOn;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, 2);
        try (Blocker.Callback written = Blocker.callback()) {
            response.write(false, ByteBuffer.wrap(new byte[] {'o'}), written);
            written.block();
        }
        goOn.await();
        response.write(true, ByteBuffer.wrap(new byte[] {'k'}), callback);
        return true;
    }
}
