package io.sluice.it.kernels;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What one guest has told.
 *
 * @param kernel its kernel, by the name that it calls itself and the version that it is of
 * @param options for each user, what became of each socket option
 * @param trials of all strategies
 * @param notes what may explain them
 * @param complete whether it came to its end
 */
record GuestReport(
        String kernel,
        Map<String, Map<String, String>> options,
        List<Trial> trials,
        List<String> notes,
        boolean complete) {
    static final String KERNEL = "KERNEL";
    static final String OPTION = "OPTION";
    static final String NOTE = "NOTE";
    static final String END = "END";

    private static final Map<String, Integer> FIELDS =
            Map.of(KERNEL, 3, OPTION, 4, Trial.KEYWORD, Trial.FIELDS, END, 1);
    private static final Pattern DEBIAN = Pattern.compile(".* Debian (\\d+\\.\\d+\\.\\d+)-.*");

    /**
     * Reads what a guest has printed.
     *
     * @param name of the kernel, should the guest not have come so far as to tell it
     */
    static GuestReport parse(String name, List<String> lines) {
        String kernel = name;
        Map<String, Map<String, String>> options = new LinkedHashMap<>();
        List<Trial> trials = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        boolean complete = false;
        for (String line : lines) {
            String[] fields = line.split("\t", -1);
            String keyword =
                    fields.length == FIELDS.getOrDefault(fields[0], 0) ? fields[0] : NOTE; // A cut line is none.
            switch (keyword) {
                case KERNEL -> kernel = kernel(fields[1], fields[2]);
                case OPTION ->
                    options.computeIfAbsent(fields[1], user -> new LinkedHashMap<>())
                            .put(fields[2], fields[3]);
                case Trial.KEYWORD -> trials.add(Trial.parse(line));
                case END -> complete = true;
                default -> notes.add(line);
            }
        }
        return new GuestReport(kernel, options, trials, notes, complete);
    }

    /** Debian calls many versions by one name. */
    private static String kernel(String release, String build) {
        Matcher debian = DEBIAN.matcher(build);
        return debian.matches() && !release.startsWith(debian.group(1))
                ? "%s (%s)".formatted(release, debian.group(1))
                : release;
    }

    boolean passes() {
        return complete && !trials.isEmpty() && trials.stream().allMatch(Trial::passes);
    }

    Stream<String> trialRows() {
        return trials.stream().map(trial -> trial.markdown(kernel));
    }

    /** A row for each user, with a column for each option. */
    Stream<String> optionRows() {
        return options.entrySet().stream().map(user -> "| %s | %s | %s |"
                .formatted(
                        kernel,
                        user.getKey(),
                        String.join(" | ", user.getValue().values())));
    }

    /** The options that it tells of. */
    List<String> optionNames() {
        return options.values().stream()
                .findFirst()
                .map(outcomes -> List.copyOf(outcomes.keySet()))
                .orElse(List.of());
    }
}
