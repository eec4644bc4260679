package io.sluice.dropwizard;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.dropwizard.jetty.HttpsConnectorFactory;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.util.thread.ThreadPool;

/**
 * {@code type: sluice-https} in a Dropwizard configuration: {@code type: https} with a connector that drains when the server
 * stops. It has all properties of {@link HttpsConnectorFactory} and those of {@link DrainingConnectorFactory}.
 */
@JsonTypeName("sluice-https")
public class SluiceHttpsConnectorFactory extends HttpsConnectorFactory implements DrainingConnectorFactory {
    private final DrainSettings drainSettings = new DrainSettings();

    /** Made by Dropwizard from its configuration; or by hand, and then set up with the setters. */
    public SluiceHttpsConnectorFactory() {}

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
