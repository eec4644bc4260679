package io.sluice.examples.dropwizard;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.core.Configuration;
import io.dropwizard.util.Duration;
import io.dropwizard.validation.MinDuration;
import jakarta.validation.constraints.NotNull;

/** Dropwizard's own configuration, and how long a request takes. */
public final class OkConfiguration extends Configuration {
    @NotNull
    @MinDuration(0)
    private Duration delay = Duration.milliseconds(0);

    /**
     * How long a request takes.
     *
     * @return 0 or more
     */
    @JsonProperty
    public Duration getDelay() {
        return delay;
    }

    /**
     * Sets how long a request takes.
     *
     * @param delay 0 or more, else an error at start
     */
    @JsonProperty
    public void setDelay(Duration delay) {
        this.delay = delay;
    }
}
