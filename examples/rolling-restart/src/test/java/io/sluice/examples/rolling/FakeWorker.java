package io.sluice.examples.rolling;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * A worker process without Jetty, with the command line of the real one. It serves one connection after the other, so
 * that the others wait in its accept queue: {@code draining} serves them too, {@code stock} leaves them to the kernel.
 */
final class FakeWorker {
    /** Longer than the clients of a burst are apart. */
    private static final int QUEUE_IS_EMPTY_AFTER_MILLIS = 1000;

    private FakeWorker() {}

    /** Loses connections whatever connector is asked for. */
    static final class Lossy {
        private Lossy() {}

        public static void main(String[] args) throws IOException {
            serve(args, false);
        }
    }

    /** Ends before it is ready. */
    static final class Broken {
        private Broken() {}

        public static void main(String[] args) {
            System.err.println("no address, no service");
            System.exit(3);
        }
    }

    /** Never gets ready. */
    static final class Mute {
        private Mute() {}

        public static void main(String[] args) throws InterruptedException {
            System.out.println("warming up");
            new CountDownLatch(1).await();
        }
    }

    public static void main(String[] args) throws IOException {
        serve(args, true);
    }

    private static void serve(String[] args, boolean ableToDrain) throws IOException {
        Map<String, String> options = new HashMap<>();
        for (String arg : args) {
            options.put(arg.split("=")[0], arg.split("=")[1]);
        }
        try (ServerSocket listener = new ServerSocket()) {
            listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            int port = Integer.parseInt(options.getOrDefault("--port", "0"));
            listener.bind(new InetSocketAddress("127.0.0.1", port), 1000);
            System.out.printf(
                    "READY pid=%d port=%d connector=fake strategy=none%n",
                    ProcessHandle.current().pid(), listener.getLocalPort());
            int maxRequests = Integer.parseInt(options.get("--max-requests"));
            for (int request = 0; request < maxRequests; request++) {
                answer(listener);
            }
            if (ableToDrain && options.get("--connector").equals("draining")) {
                drain(listener);
            }
        }
    }

    private static void drain(ServerSocket listener) throws IOException {
        listener.setSoTimeout(QUEUE_IS_EMPTY_AFTER_MILLIS);
        int drained = 0;
        try {
            while (true) {
                answer(listener);
                drained++;
            }
        } catch (SocketTimeoutException x) {
            System.out.println("DRAINED {\"firstPass\":" + drained + "}");
        }
    }

    private static void answer(ServerSocket listener) throws IOException {
        try (Socket socket = listener.accept()) {
            BufferedReader request =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            String line = request.readLine();
            while (line != null && !line.isEmpty()) {
                line = request.readLine();
            }
            OutputStream response = socket.getOutputStream();
            response.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n".getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Packs a fake worker as {@code java -jar} wants it. */
    static Path jar(Path directory, Class<?> main) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, main.getName());
        Path jar = directory.resolve(main.getSimpleName() + ".jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (Class<?> packed : new Class<?>[] {FakeWorker.class, Lossy.class, Broken.class, Mute.class}) {
                String entry = packed.getName().replace('.', '/') + ".class";
                out.putNextEntry(new JarEntry(entry));
                try (var bytes = FakeWorker.class.getClassLoader().getResourceAsStream(entry)) {
                    bytes.transferTo(out);
                }
            }
        }
        return jar;
    }
}
