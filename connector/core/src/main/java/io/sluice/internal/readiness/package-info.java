/**
 * A port that answers one question to whoever asks, with bounds for those who do not ask properly.
 */
package io.sluice.internal.readiness;
