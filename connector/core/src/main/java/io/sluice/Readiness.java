package io.sluice;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.server.Server;

/** Whether new clients are welcome, as a load balancer's health check is told. */
enum Readiness {
    STARTING,
    READY,
    DRAINING;

    /**
     * Of a server: it is not ready before all of its draining connectors are, nor once one of them drains. One without any
     * is ready as long as it runs.
     */
    static Readiness of(Server server) {
        List<Readiness> all = Arrays.stream(server.getConnectors())
                .filter(DrainingServerConnector.class::isInstance)
                .map(connector -> ((DrainingServerConnector) connector).readiness())
                .toList();
        if (all.contains(DRAINING)) {
            return DRAINING;
        }
        if (all.isEmpty() && !server.isStarted()) {
            return server.isStopping() ? DRAINING : STARTING;
        }
        return all.contains(STARTING) ? STARTING : READY;
    }

    int status() {
        return this == READY ? 200 : 503;
    }

    /** What it says, and a line feed for whoever asks with curl. */
    String body() {
        return name().toLowerCase(Locale.ROOT) + "\n";
    }
}
