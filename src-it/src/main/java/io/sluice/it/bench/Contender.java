package io.sluice.it.bench;

import io.sluice.DrainingServerConnector;
import java.util.Locale;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The connectors that are compared, set up alike. */
enum Contender {
    SLUICE("Sluice") {
        @Override
        ServerConnector make(Server server, int acceptors) {
            return new DrainingServerConnector(server, acceptors, -1);
        }
    },

    STOCK("stock") {
        @Override
        ServerConnector make(Server server, int acceptors) {
            return new ServerConnector(server, acceptors, -1);
        }
    };

    private static final int BACKLOG = 4096;

    private final String label;

    Contender(String label) {
        this.label = label;
    }

    abstract ServerConnector make(Server server, int acceptors);

    /** A connector that shares its port of 127.0.0.1; 0 for any. */
    ServerConnector connector(Server server, int acceptors, int port) {
        ServerConnector made = make(server, acceptors);
        onLoopback(made, port);
        return made;
    }

    static void onLoopback(ServerConnector connector, int port) {
        connector.setReusePort(true);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        connector.setAcceptQueueSize(BACKLOG);
    }

    /** Its name as an option of ours. */
    String option() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return label;
    }
}
