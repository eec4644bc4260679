package io.sluice.it;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** Where the classes of this program are, which the processes that it starts share with it. */
public final class OwnClasses {
    private OwnClasses() {}

    /**
     * Tells where they are.
     *
     * @return the jar, or in tests the directory
     */
    public static Path path() {
        try {
            return Path.of(OwnClasses.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException x) {
            throw new IllegalStateException("the place of our own classes is no file", x);
        }
    }
}
