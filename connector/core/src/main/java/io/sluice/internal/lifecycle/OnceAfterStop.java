package io.sluice.internal.lifecycle;

import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.LifeCycle;

/** An action that runs once, when a server has stopped or failed. */
final class OnceAfterStop implements LifeCycle.Listener {
    private final Server server;
    private final Runnable action;

    private OnceAfterStop(Server server, Runnable action) {
        this.server = server;
        this.action = action;
    }

    static OnceAfterStop of(Server server, Runnable action) {
        OnceAfterStop once = new OnceAfterStop(server, action);
        server.addEventListener(once);
        return once;
    }

    @Override
    public void lifeCycleStopped(LifeCycle stopped) {
        runOnce();
    }

    @Override
    public void lifeCycleFailure(LifeCycle failed, Throwable cause) {
        runOnce();
    }

    /** Runs the action now, and not again when the server stops. */
    void runOnce() {
        server.removeEventListener(this);
        action.run();
    }
}
