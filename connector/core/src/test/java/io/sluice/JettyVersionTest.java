package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Jetty;
import org.junit.jupiter.api.Test;

/** The Jettys that the connector runs with. */
class JettyVersionTest {
    private static final String SINCE_12_0_24 = "org.eclipse.jetty.server.NetworkConnectionLimit";

    /** These tests run with each of them, and this one says whether they really do. */
    @Test
    void isTheOneThatWasMeant() {
        assertEquals(System.getProperty("sluice.jetty.version"), Jetty.VERSION);
    }

    /** One that is too old is refused when the connector is made, not found out about in a drain. */
    @Test
    void anOldOneIsRefused() throws Exception {
        Constructor<?> constructor = new OldJetty()
                .loadClass(DrainingServerConnector.class.getName())
                .getConstructor(Server.class);

        Throwable failure = assertThrows(InvocationTargetException.class, () -> constructor.newInstance(new Server()))
                .getCause();

        assertInstanceOf(IllegalStateException.class, failure);
        assertEquals("Jetty is " + Jetty.VERSION + "; allowed is 12.0.24 or later, or 12.1", failure.getMessage());
    }

    /** Loads Sluice once more, beside a Jetty without that class. */
    private static final class OldJetty extends ClassLoader {
        private OldJetty() {
            super(JettyVersionTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.equals(SINCE_12_0_24)) {
                throw new ClassNotFoundException(name);
            }
            if (!name.startsWith("io.sluice.")) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded == null ? define(name) : loaded;
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException x) {
                throw new ClassNotFoundException(name, x);
            }
        }
    }
}
