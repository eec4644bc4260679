package io.sluice.examples.rolling;

/** What one contender did in all its bursts. */
record Result(Contender contender, int bursts, Outcomes outcomes) {}
