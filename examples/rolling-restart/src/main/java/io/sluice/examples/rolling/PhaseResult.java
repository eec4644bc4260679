package io.sluice.examples.rolling;

/**
 * What became of the requests that were due in one phase.
 *
 * @param outcomes of all of them
 * @param overdue how many were sent late, see {@link Sample#OVERDUE}
 * @param latencies of those that were answered
 */
record PhaseResult(Outcomes outcomes, int overdue, Latencies latencies) {}
