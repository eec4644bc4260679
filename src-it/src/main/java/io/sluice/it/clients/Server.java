package io.sluice.it.clients;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** What is compared: workers with a connector each, which are replaced, and servers that reload themselves. */
enum Server {
    STOCK {
        @Override
        ServerGroup start(Path workerJar, String protocol, int workers, Path directory) throws Exception {
            return WorkerGroup.start(workerJar, "stock", protocol, workers);
        }
    },
    SLUICE {
        @Override
        ServerGroup start(Path workerJar, String protocol, int workers, Path directory) throws Exception {
            return WorkerGroup.start(workerJar, "draining", protocol, workers);
        }
    },
    NGINX {
        @Override
        ServerGroup start(Path workerJar, String protocol, int workers, Path directory)
                throws IOException, InterruptedException {
            return ReloadedServer.start(port -> Nginx.server(port, workers, directory), "HUP");
        }

        @Override
        boolean serves(Client client) {
            return isPlain(client);
        }
    },
    HAPROXY {
        @Override
        ServerGroup start(Path workerJar, String protocol, int workers, Path directory)
                throws IOException, InterruptedException {
            return ReloadedServer.start(port -> Haproxy.server(port, directory), "USR2");
        }

        @Override
        boolean serves(Client client) {
            return isPlain(client);
        }
    };

    /**
     * Starts it, ready to serve.
     *
     * @param workerJar the worker, for those that are one
     * @param protocol of the client
     * @param workers how many processes are to share the port
     * @param directory for files; somebody else deletes it
     */
    abstract ServerGroup start(Path workerJar, String protocol, int workers, Path directory) throws Exception;

    /** Whether it has what this client asks for. */
    boolean serves(Client client) {
        return true;
    }

    /** Whether any server will do, because a short answer over HTTP/1.1 is all that is asked for. */
    private static boolean isPlain(Client client) {
        return client.protocol().equals("http") && client.connections() != Client.Connections.FOR_A_REQUEST;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
