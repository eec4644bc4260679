package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcomes;
import java.util.Optional;

/** What a cell may lose. Where faults come together, the last of theirs in this order is allowed. */
enum Loss {
    /** Nothing: clients see no loss, and the reports tell of none. */
    NONE,

    /** What the reports tell of, and what they call at risk, at most. */
    AT_RISK,

    /** What the reports tell of, and no request more or less. */
    AS_REPORTED,

    /** What was under way in a process that was killed: at most one request of each client for each kill. */
    OF_THE_KILLED;

    /**
     * What is wrong about the counts of a cell.
     *
     * @param outcomes of all requests that should have been answered
     * @param told what the reports call lost or unanswered
     * @param atRisk what the reports call at risk, or closed because nothing came
     * @param killed requests that may have been under way in processes that were killed
     * @return a sentence, or nothing
     */
    Optional<String> violation(Outcomes outcomes, int told, int atRisk, int killed) {
        int lost = outcomes.lost();
        boolean allowed =
                switch (this) {
                    case NONE -> lost == 0 && told == 0;
                    case AT_RISK -> told <= lost && lost <= told + atRisk;
                    case AS_REPORTED -> lost == told;
                    case OF_THE_KILLED -> lost <= told + killed;
                };
        return allowed
                ? Optional.empty()
                : Optional.of("clients lost %d (%s); the reports tell of %d, and of %d at risk; %d were killed"
                        .formatted(lost, outcomes, told, atRisk, killed));
    }
}
