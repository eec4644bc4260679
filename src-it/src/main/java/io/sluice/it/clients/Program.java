package io.sluice.it.clients;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** The client programs, and the Debian packages that they come from. */
enum Program implements Need {
    WRK("wrk", "wrk"),
    AB("ab", "apache2-utils"),
    CURL("curl", "curl"),
    NGHTTP("nghttp", "nghttp2-client"),
    H2LOAD("h2load", "nghttp2-client"),
    HAPROXY("haproxy", "haproxy"),
    NGINX("nginx", "nginx-light");

    private final String command;
    private final String debianPackage;

    Program(String command, String debianPackage) {
        this.command = command;
        this.debianPackage = debianPackage;
    }

    @Override
    public Optional<String> missing() {
        boolean found = Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, command)));
        return found
                ? Optional.empty()
                : Optional.of("the program %s, of the Debian package %s".formatted(command, debianPackage));
    }
}
