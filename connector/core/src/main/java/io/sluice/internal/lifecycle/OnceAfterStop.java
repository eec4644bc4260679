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

    static void of(Server server, Runnable action) {
        server.addEventListener(new OnceAfterStop(server, action));
    }

    @Override
    public void lifeCycleStopped(LifeCycle stopped) {
        runOnce();
    }

    @Override
    public void lifeCycleFailure(LifeCycle failed, Throwable cause) {
        runOnce();
    }

    private void runOnce() {
        server.removeEventListener(this);
        action.run();
    }
}
