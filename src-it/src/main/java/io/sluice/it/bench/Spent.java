package io.sluice.it.bench;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a process has used up.
 *
 * @param cpuNanos processor time of all its threads, those of the JVM included; the JVM reads it in steps of 10 ms
 * @param allocatedBytes what the Java threads that live now have allocated
 */
record Spent(long cpuNanos, long allocatedBytes) {
    private static final Pattern JSON = Pattern.compile("\\{\"cpuNanos\":(\\d+),\"allocatedBytes\":(\\d+)}");

    static Spent ofThisProcess() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Arrays.stream(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
                .filter(bytes -> bytes > 0) // -1 of one that has just ended.
                .sum();
        return new Spent(system.getProcessCpuTime(), allocated);
    }

    static Spent parse(String json) {
        Matcher matcher = JSON.matcher(json);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not what a worker tells: " + json);
        }
        return new Spent(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
    }

    Spent since(Spent before) {
        return new Spent(cpuNanos - before.cpuNanos, allocatedBytes - before.allocatedBytes);
    }

    String toJson() {
        return "{\"cpuNanos\":%d,\"allocatedBytes\":%d}".formatted(cpuNanos, allocatedBytes);
    }
}
