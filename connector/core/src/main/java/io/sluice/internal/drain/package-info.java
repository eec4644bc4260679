/**
 * The story of a drain, its passes, and one class for each strategy. No Jetty and no kernel is in here: both are behind
 * interfaces, so that the story is told without them.
 */
package io.sluice.internal.drain;
