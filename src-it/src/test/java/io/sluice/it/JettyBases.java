package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.ReservedPort;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The bases of a test class: those with the same modules are made once, and copied for each use. */
final class JettyBases {
    /** Stands for the modules of examples/jetty-base, which is used as it is. */
    static final String EXAMPLE = "the example";

    private static final Path KEY_STORE = Path.of(System.getProperty("sluice.example-keystore"));
    private static final String PASSWORD = "example";

    private final Path directory;
    private final Map<String, JettyBase> made = new HashMap<>();
    private final List<JettyBase> used = new ArrayList<>();

    JettyBases(Path directory) {
        this.directory = directory;
    }

    /** What the build has made of examples/jetty-base. */
    static Path example() {
        return Path.of(System.getProperty("sluice.jetty-base"));
    }

    /** A base that nobody else uses. */
    JettyBase copy(String home, String modules) throws IOException, InterruptedException {
        JettyBase original = made.get(home + modules);
        if (original == null) {
            original = make(home, modules);
            made.put(home + modules, original);
        }
        JettyBase copy = original.copyTo(Files.createTempDirectory(directory, "copy"));
        used.add(copy);
        return copy;
    }

    /** Without network: all but the modules to use comes from a folder. */
    private JettyBase make(String home, String modules) throws IOException, InterruptedException {
        if (modules.equals(EXAMPLE)) {
            return new JettyBase(JettyBase.home(home), example());
        }
        JettyBase base = new JettyBase(JettyBase.home(home), Files.createTempDirectory(directory, "made"));
        for (String part : List.of("modules", "etc", "lib", "webapps")) {
            base.add(part, example().resolve(part));
        }
        base.add("etc/keystore.p12", KEY_STORE);
        base.command("--add-modules=" + modules);
        return base;
    }

    /** Ends what has been started, whatever it does. */
    void stopAll() {
        used.forEach(JettyBase::close);
        used.clear();
    }

    /** Starts them at the same time, and waits until all serve. */
    static void start(List<String> properties, JettyBase... bases) throws IOException {
        for (JettyBase base : bases) {
            base.start(properties);
        }
        for (JettyBase base : bases) {
            base.awaitStarted();
        }
    }

    static List<String> listening(ReservedPort http) {
        return List.of(
                "jetty.http.host=127.0.0.1", "jetty.http.port=" + http.address().getPort());
    }

    static List<String> listening(ReservedPort http, ReservedPort https) {
        List<String> properties = new ArrayList<>(listening(http));
        properties.add("jetty.ssl.host=127.0.0.1");
        properties.add("jetty.ssl.port=" + https.address().getPort());
        properties.add("jetty.sslContext.keyStorePassword=" + PASSWORD);
        return properties;
    }

    /** The certificate of the bases is signed by nobody else. */
    static SSLContext trust() throws IOException, GeneralSecurityException {
        KeyStore keyStore = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(KEY_STORE)) {
            keyStore.load(in, PASSWORD.toCharArray());
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keyStore);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    /** Each connector has drained once, and says so in the log. */
    static void assertNobodyWasLost(int connectors, JettyBase stopped) {
        List<String> drains = stopped.drains();
        assertEquals(connectors, drains.size(), stopped::output);
        for (String drain : drains) {
            assertTrue(drain.contains("\"unanswered\":0,\"lost\":0,\"atRisk\":0"), drain);
        }
    }
}
