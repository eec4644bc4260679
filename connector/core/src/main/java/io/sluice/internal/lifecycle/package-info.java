/**
 * The ways in which a server is stopped: {@link io.sluice.internal.lifecycle.ServerStop} has all its connectors drain at
 * once, {@link io.sluice.internal.lifecycle.ShutdownHook} handles SIGTERM while a server starts or stops, and {@link
 * io.sluice.internal.lifecycle.DrainLog} tells of a drain.
 */
package io.sluice.internal.lifecycle;
