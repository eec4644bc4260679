package io.sluice.dropwizard;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.dropwizard.jetty.HttpConnectorFactory;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.util.thread.ThreadPool;

/**
 * {@code type: sluice-http} in a Dropwizard configuration: {@code type: http} with a connector that drains when the server
 * stops. It has all properties of {@link HttpConnectorFactory} and those of {@link DrainingConnectorFactory}.
 */
@JsonTypeName("sluice-http")
public class SluiceHttpConnectorFactory extends HttpConnectorFactory implements DrainingConnectorFactory {
    private final DrainSettings drainSettings = new DrainSettings();

    /** Made by Dropwizard from its configuration; or by hand, and then set up with the setters. */
    public SluiceHttpConnectorFactory() {}

    @Override
    public DrainSettings drainSettings() {
        return drainSettings;
    }

    @Override
    protected ServerConnector buildConnector(
            Server server,
            Scheduler scheduler,
            ByteBufferPool bufferPool,
            String name,
            ThreadPool threadPool,
            ConnectionFactory... factories) {
        return drainSettings.inPlaceOf(
                super.buildConnector(server, scheduler, bufferPool, name, threadPool, factories),
                threadPool,
                scheduler,
                bufferPool,
                getAcceptQueueSize());
    }
}
