package io.sluice;

import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.LifeCycle;

/** Something to be done once, when a server has stopped or failed. */
final class AfterStop implements LifeCycle.Listener {
    private final Server server;
    private final Runnable action;

    private AfterStop(Server server, Runnable action) {
        this.server = server;
        this.action = action;
    }

    static void of(Server server, Runnable action) {
        server.addEventListener(new AfterStop(server, action));
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
