package io.sluice.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The README, which promises what it says. */
final class Readme {
    private static final String FENCE = "```";

    private Readme() {}

    /** The first block of code that comes after this text. */
    static String blockAfter(String text) throws IOException {
        String readme = Files.readString(Path.of(System.getProperty("sluice.readme")));
        int after = readme.indexOf(text);
        if (after < 0) {
            throw new IllegalStateException("the README does not say: " + text);
        }
        int start = readme.indexOf('\n', readme.indexOf(FENCE, after)) + 1;
        return readme.substring(start, readme.indexOf(FENCE, start));
    }
}
