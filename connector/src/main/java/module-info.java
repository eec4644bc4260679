/** The connector that loses no connection when a Jetty server stops. */
module io.sluice.connector {
    requires transitive org.eclipse.jetty.server;

    exports io.sluice;
}
