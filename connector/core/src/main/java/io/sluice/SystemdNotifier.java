package io.sluice;

import io.sluice.linux.NotifySocket;
import java.io.IOException;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd when a server serves, and when it stops, for services of {@code Type=notify}: then {@code systemctl start} and
 * {@code restart} return when clients are served, and not before (sd_notify(3)). Where {@code NOTIFY_SOCKET} is not set, as
 * outside such a service, it does nothing.
 *
 * <p>Add it before the start, with {@code server.addEventListener(new SystemdNotifier())}: it is called in the thread that
 * starts or stops the server. Systemd that cannot be told is a WARN.
 */
public final class SystemdNotifier implements LifeCycle.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(SystemdNotifier.class);

    private final NotifySocket socket; // Null where nobody wants to be told.

    /** Tells the systemd that has started this process. */
    public SystemdNotifier() {
        this(System.getenv("NOTIFY_SOCKET"));
    }

    SystemdNotifier(String name) {
        this.socket = name == null || name.isEmpty() ? null : new NotifySocket(name);
    }

    @Override
    public void lifeCycleStarted(LifeCycle server) {
        tell("READY=1");
    }

    @Override
    public void lifeCycleStopping(LifeCycle server) {
        tell("STOPPING=1");
    }

    private void tell(String state) {
        if (socket == null) {
            return;
        }
        try {
            socket.send(state);
            LOG.debug("Told systemd {}", state);
        } catch (IOException x) {
            LOG.warn("Systemd cannot be told {}, because {}", state, x.getMessage());
        }
    }
}
