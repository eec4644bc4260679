package io.sluice.examples.dropwizard;

import io.dropwizard.core.Application;
import io.dropwizard.core.setup.Environment;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;

/** A Dropwizard application as any other: that its connectors drain is said in {@code config.yml} alone. */
public final class OkApplication extends Application<OkConfiguration> {
    /**
     * Runs a command of Dropwizard's.
     *
     * @param args {@code server config.yml}
     * @throws Exception if the application cannot start
     */
    public static void main(String[] args) throws Exception {
        new OkApplication().run(args);
    }

    @Override
    public void run(OkConfiguration configuration, Environment environment) {
        environment.jersey().register(new OkResource(configuration.getDelay()));
        environment.lifecycle().addServerLifecycleListener(OkApplication::printReady);
    }

    /** For whoever restarts it: from here on the old process may be stopped. */
    private static void printReady(Server server) {
        int port = ((NetworkConnector) server.getConnectors()[0]).getLocalPort();
        System.out.printf("READY pid=%d port=%d%n", ProcessHandle.current().pid(), port);
    }
}
