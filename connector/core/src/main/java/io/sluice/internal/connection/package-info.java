/**
 * The connections of a connector: {@link io.sluice.internal.connection.ConnectionTracker} has an object for each, which
 * counts its requests, and asks its protocol and the kernel what its client is owed. Idle connections are closed as their
 * protocols have it. Only this room knows Jetty's connections and streams.
 */
package io.sluice.internal.connection;
