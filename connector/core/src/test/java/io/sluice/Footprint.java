package io.sluice;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What this process holds, on Linux.
 *
 * @param descriptors open files and sockets
 * @param threads live threads
 * @param heap bytes in use after a collection
 * @param direct bytes in direct buffers
 * @param outsideHeap bytes of resident memory beyond the heap, about: native code's, and what the JVM needs for itself
 */
record Footprint(long descriptors, long threads, long heap, long direct, long outsideHeap) {
    private static final int KIBI = 1024;

    static Footprint now() throws IOException {
        System.gc(); // Unreachable channels and native memory are freed by what a collection finds.
        System.runFinalization();
        System.gc();
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        return new Footprint(
                descriptorCount(),
                Thread.getAllStackTraces().size(),
                heap.getUsed(),
                ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum(),
                residentBytes() - heap.getCommitted());
    }

    private static long descriptorCount() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }

    private static long residentBytes() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(status -> status.startsWith("VmRSS:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("\\D", "")) * KIBI;
    }
}
