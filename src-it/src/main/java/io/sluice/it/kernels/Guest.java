package io.sluice.it.kernels;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A machine that QEMU emulates, without KVM and without a network, from its start to its end. */
final class Guest {
    private static final int CONSOLE_TAIL = 15;

    private Guest() {}

    /**
     * Runs a guest.
     *
     * @param kernel its kernel
     * @param image its initramfs
     * @param directory for what it prints
     * @param limit after which it is switched off
     */
    static GuestReport run(KernelPackage kernel, Path image, Path directory, Duration limit)
            throws IOException, InterruptedException {
        Path console = directory.resolve("console");
        Path results = directory.resolve("results");
        Process qemu = new ProcessBuilder(
                        "qemu-system-x86_64",
                        "-accel",
                        "tcg,thread=multi",
                        "-cpu",
                        "max",
                        "-smp",
                        "2",
                        "-m",
                        "3072",
                        "-nic",
                        "none",
                        "-display",
                        "none",
                        "-no-reboot",
                        "-kernel",
                        kernel.image().toString(),
                        "-initrd",
                        image.toString(),
                        "-append",
                        "console=ttyS0 quiet panic=-1",
                        "-serial",
                        "file:" + console,
                        "-serial",
                        "file:" + results)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("qemu").toFile())
                .start();
        try {
            qemu.getOutputStream().close();
            qemu.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            qemu.destroyForcibly().waitFor();
        }
        GuestReport report = GuestReport.parse(kernel.release(), lines(results));
        if (!report.complete()) {
            tail(directory.resolve("qemu")).forEach(report.notes()::add);
            tail(console).forEach(report.notes()::add);
        }
        return report;
    }

    private static Stream<String> tail(Path file) throws IOException {
        List<String> lines = lines(file);
        return lines.stream().skip(Math.max(0, lines.size() - CONSOLE_TAIL));
    }

    /** A guest that dies may leave bytes that are no text. */
    private static List<String> lines(Path file) throws IOException {
        return Files.exists(file)
                ? Files.readString(file, StandardCharsets.ISO_8859_1)
                        .lines()
                        .filter(line -> !line.isBlank())
                        .toList()
                : List.of();
    }
}
