package io.sluice;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;

/** A server on the listener that it was started with, until SIGTERM. */
public final class InheritedServer {
    private InheritedServer() {}

    /** The argument: a strategy. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 1) {
            System.inheritedChannel();
            System.in.close(); // Puts /dev/null over descriptor 0: in this process only the channel is left.
        }
        Server server = new Server();
        DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
        connector.setInheritChannel(true);
        connector.setDrainStrategy(arguments[0]);
        server.addConnector(connector);
        server.setStopAtShutdown(true);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                response.write(true, ByteBuffer.wrap("ok".getBytes(StandardCharsets.US_ASCII)), callback);
                return true;
            }
        });
        try {
            server.start();
        } catch (IllegalArgumentException x) {
            System.out.println("REFUSED " + x.getMessage());
            System.exit(2);
        }
        System.out.println("READY " + connector.getDrainStrategyInUse() + ' ' + connector.getDrainStrategyReason()
                + " port " + connector.getLocalPort());
    }
}
