package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an application on the module path gets, and needs. */
class ModuleDescriptorTest {
    private ModuleDescriptor module;

    @BeforeEach
    void read() throws Exception {
        Path classes = Path.of(DrainingServerConnector.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (InputStream in = Files.newInputStream(classes.resolve("module-info.class"))) {
            module = ModuleDescriptor.read(in);
        }
    }

    @Test
    void onlyTheApiIsExported() {
        List<String> exported =
                module.exports().stream().map(ModuleDescriptor.Exports::source).toList();

        assertEquals("io.sluice.connector", module.name());
        assertEquals(List.of("io.sluice"), exported);
        assertEquals(Set.of(), module.opens());
    }

    @Test
    void nothingButJettyAndTheJdkIsNeeded() {
        Set<String> needed = module.requires().stream()
                .filter(requires -> !requires.modifiers().contains(Requires.Modifier.STATIC))
                .map(Requires::name)
                .collect(Collectors.toSet());

        assertEquals(Set.of("java.base", "jdk.jfr", "org.eclipse.jetty.server"), needed);
    }
}
