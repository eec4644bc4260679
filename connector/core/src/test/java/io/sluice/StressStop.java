package io.sluice;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.eclipse.jetty.util.component.Graceful;

/** A way to stop; all of them may meet at the same moment. */
enum StressStop {
    SERVER_STOP {
        @Override
        void at(DrainingServerConnector connector) throws Exception {
            connector.getServer().stop();
        }
    },
    CONNECTOR_STOP {
        @Override
        void at(DrainingServerConnector connector) throws Exception {
            connector.stop();
        }
    },
    CONNECTOR_SHUTDOWN {
        @Override
        void at(DrainingServerConnector connector) {
            connector.shutdown();
        }
    },
    CONNECTOR_CLOSE {
        @Override
        void at(DrainingServerConnector connector) {
            connector.close();
        }
    },
    GRACEFUL {
        @Override
        void at(DrainingServerConnector connector) {
            Graceful.shutdown(connector);
        }
    },
    /** No stop, but what monitoring does while there is one. */
    LOOK {
        @Override
        void at(DrainingServerConnector connector) throws IOException {
            for (int i = 0; i < 200; i++) {
                assertTrue(connector.getAcceptQueueLength() >= DrainReport.UNKNOWN);
                assertTrue(connector.getMembers() >= DrainReport.UNKNOWN);
                connector.isReady();
                connector.getLastDrain();
                if (i % 50 == 0) {
                    connector.dump();
                }
            }
        }
    },
    /** What Jetty does to its acceptors, and a thread pool may do. */
    INTERRUPT_ACCEPTORS {
        @Override
        void at(DrainingServerConnector connector) {
            Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().contains("-acceptor-"))
                    .filter(thread -> thread.getName().contains(":" + connector.getPort()))
                    .forEach(Thread::interrupt);
        }
    };

    abstract void at(DrainingServerConnector connector) throws Exception;
}
