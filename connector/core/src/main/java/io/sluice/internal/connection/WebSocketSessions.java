package io.sluice.internal.connection;

import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.Graceful;

/**
 * The WebSocket sessions of a server, whichever API they were made with. Each API has a tracker of its own, in a module
 * of its own, and a graceful shutdown of it is the way to close its sessions with status 1001 (RFC 6455, 7.4.1).
 */
final class WebSocketSessions {
    private static final String PACKAGES = "org.eclipse.jetty.";
    private static final String TRACKER = "SessionTracker";

    private final Server server;

    WebSocketSessions(Server server) {
        this.server = server;
    }

    /** Sends each open session a close frame; does not wait. What the trackers share with other Gracefuls is left alone. */
    void goAway() {
        server.getContainedBeans(Graceful.class).stream()
                .filter(WebSocketSessions::isTracker)
                .forEach(Graceful::shutdown);
    }

    private static boolean isTracker(Graceful bean) {
        Class<?> type = bean.getClass();
        return type.getName().startsWith(PACKAGES) && type.getSimpleName().equals(TRACKER);
    }
}
