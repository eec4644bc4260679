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
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * A worker process without Jetty, with the command line of the real one. It serves one connection after the other, so
 * that the others wait in its accept queue: {@code draining} serves them too, {@code stock} leaves them to the kernel.
 * So it does at its maximum of requests, and at SIGTERM.
 */
final class FakeWorker {
    /** Longer than the clients of a burst are apart. */
    private static final int QUEUE_IS_EMPTY_AFTER_MILLIS = 1000;

    private static final int LOOK_UP_EVERY_MILLIS = 20;

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

    /** Refuses one strategy, as the real one does where it cannot work. */
    static final class Picky {
        private Picky() {}

        public static void main(String[] args) throws IOException {
            if (List.of(args).contains("--strategy=steer")) {
                System.err.println("starting");
                System.err.println("drainStrategy is 'steer', which cannot work here: <too old>");
                System.exit(2);
            }
            serve(args, true);
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
        boolean drains = ableToDrain && "draining".equals(options.get("--connector"));
        CountDownLatch stopping = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        if (drains) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                stopping.countDown();
                await(stopped);
            }));
        }
        try (ServerSocket listener = new ServerSocket()) {
            listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            int port = Integer.parseInt(options.getOrDefault("--port", "0"));
            listener.bind(new InetSocketAddress("127.0.0.1", port), 1000);
            listener.setSoTimeout(LOOK_UP_EVERY_MILLIS);
            System.out.printf(
                    "READY pid=%d port=%d connector=fake strategy=none%n",
                    ProcessHandle.current().pid(), listener.getLocalPort());
            int maxRequests = Integer.parseInt(options.getOrDefault("--max-requests", "1000000"));
            for (int request = 0; request < maxRequests && stopping.getCount() > 0; ) {
                request += answer(listener) ? 1 : 0;
            }
            if (drains) {
                drain(listener, stopping.getCount() > 0 ? QUEUE_IS_EMPTY_AFTER_MILLIS : LOOK_UP_EVERY_MILLIS);
            }
        } finally {
            stopped.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt();
        }
    }

    private static void drain(ServerSocket listener, int emptyAfterMillis) throws IOException {
        listener.setSoTimeout(emptyAfterMillis);
        int drained = 0;
        while (answer(listener)) {
            drained++;
        }
        System.out.println("DRAINED {\"firstPass\":" + drained + "}");
    }

    /** Returns false if nobody has come. */
    private static boolean answer(ServerSocket listener) throws IOException {
        try (Socket socket = listener.accept()) {
            BufferedReader request =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            String line = request.readLine();
            while (line != null && !line.isEmpty()) {
                line = request.readLine();
            }
            OutputStream response = socket.getOutputStream();
            response.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n".getBytes(StandardCharsets.US_ASCII));
            return true;
        } catch (SocketTimeoutException x) {
            return false;
        }
    }

    /** Packs a fake worker as {@code java -jar} wants it. */
    static Path jar(Path directory, Class<?> main) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, main.getName());
        Path jar = directory.resolve(main.getSimpleName() + ".jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (Class<?> packed :
                    new Class<?>[] {FakeWorker.class, Lossy.class, Broken.class, Picky.class, Mute.class}) {
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
