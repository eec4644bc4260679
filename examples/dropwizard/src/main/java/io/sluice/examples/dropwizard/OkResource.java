package io.sluice.examples.dropwizard;

import io.dropwizard.util.Duration;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

/** Says which process has answered. */
@Path("/")
public final class OkResource {
    private final Duration delay;

    OkResource(Duration delay) {
        this.delay = delay;
    }

    /**
     * Takes its time, then answers.
     *
     * @return {@code ok} and the process id
     * @throws InterruptedException if the server is stopped by force meanwhile
     */
    @GET
    @Produces(MediaType.TEXT_PLAIN)
    public String ok() throws InterruptedException {
        Thread.sleep(delay.toMilliseconds());
        return "ok " + ProcessHandle.current().pid() + "\n";
    }
}
