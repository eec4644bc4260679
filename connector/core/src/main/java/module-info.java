/** The connector that loses no connection when a Jetty server stops. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"
}) // JNA and Micrometer have a name and no descriptor.
module io.sluice.connector {
    requires transitive org.eclipse.jetty.server;
    requires jdk.jfr;
    requires static transitive jakarta.servlet; // For the ReadinessServlet.
    requires static transitive micrometer.core; // For the DrainMetrics.
    requires static com.sun.jna; // Without it the connector drains in two passes.
    requires static org.eclipse.jetty.http2.common; // Without it there is no HTTP/2 session to say goodbye to.

    exports io.sluice;
}
