package io.sluice.examples.rolling;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An option whose value is one of a few words, or several of them separated by commas.
 *
 * @param name how the user writes it
 * @param words the constants whose {@code toString} are the words
 */
record WordOption<T>(String name, List<T> words) {
    WordOption {
        words = List.copyOf(words);
    }

    T parse(String value) {
        return find(value).orElseThrow(() -> new BadOption(name, value, "one of " + allWords()));
    }

    /** Several words; none may come twice. */
    List<T> parseList(String value) {
        Set<T> found = new LinkedHashSet<>();
        for (String word : value.split(",", -1)) {
            T constant = find(word).orElseThrow(() -> badList(value));
            if (!found.add(constant)) {
                throw badList(value);
            }
        }
        return List.copyOf(found);
    }

    private Optional<T> find(String word) {
        return words.stream()
                .filter(constant -> constant.toString().equals(word.trim()))
                .findFirst();
    }

    private BadOption badList(String value) {
        return new BadOption(name, value, "one or more of " + allWords() + ", each once, separated by commas");
    }

    private String allWords() {
        return words.stream().map(Object::toString).collect(Collectors.joining(", "));
    }
}
