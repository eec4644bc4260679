/**
 * The exchange of listeners among the processes that share a port: who stops hands its listeners to another one, and who
 * starts takes those that another one has taken over.
 */
package io.sluice.internal.handover;
