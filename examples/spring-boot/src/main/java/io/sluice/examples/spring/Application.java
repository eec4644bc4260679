package io.sluice.examples.spring;

import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Answers {@code ok PID}, after {@code example.delay}. */
@SpringBootApplication
@RestController
public class Application {
    private final Duration delay;

    Application(@Value("${example.delay:0ms}") Duration delay) {
        this.delay = delay;
    }

    /**
     * Starts the application.
     *
     * @param args properties, each {@code --name=value}
     */
    public static void main(String[] args) {
        SpringApplication.run(Application.class, args);
    }

    /**
     * The only page.
     *
     * @return which process has answered
     * @throws InterruptedException if the server gives up on the request
     */
    @GetMapping(path = "/", produces = "text/plain")
    public String ok() throws InterruptedException {
        Thread.sleep(delay.toMillis());
        return "ok " + ProcessHandle.current().pid();
    }
}
