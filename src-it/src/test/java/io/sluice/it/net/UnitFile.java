package io.sluice.it.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A unit file of systemd: as much of one as is needed to do what it says. */
final class UnitFile {
    private final List<String> lines;

    private UnitFile(List<String> lines) {
        this.lines = lines;
    }

    /** The example's unit, for one of its instances. */
    static UnitFile instance(String instance) throws IOException {
        return new UnitFile(Files.readString(example("sluice-worker@.service"))
                .replace("%i", instance)
                .lines()
                .toList());
    }

    /** A file of the example. */
    static Path example(String name) {
        return Path.of(System.getProperty("sluice.systemd"), name);
    }

    /** The last value of a setting, as in systemd for settings that are no lists. */
    String value(String setting) {
        return lines.stream()
                .filter(line -> line.startsWith(setting + "="))
                .reduce((earlier, later) -> later)
                .orElseThrow(() -> new IllegalStateException("the unit has no " + setting))
                .substring(setting.length() + 1);
    }

    List<String> command() {
        return List.of(value("ExecStart").split(" "));
    }

    /** Of the signal that asks a process to end, without SIG. */
    String killSignal() {
        return value("KillSignal").substring("SIG".length());
    }

    int successExitStatus() {
        return Integer.parseInt(value("SuccessExitStatus"));
    }

    Duration stopTimeout() {
        return Duration.ofSeconds(Integer.parseInt(value("TimeoutStopSec")));
    }
}
