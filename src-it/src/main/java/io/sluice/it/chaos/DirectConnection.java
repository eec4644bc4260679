package io.sluice.it.chaos;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A kept-alive connection of which it is known which worker has accepted it: the kernel chooses, so several are tried. */
final class DirectConnection implements AutoCloseable {
    private static final int TRIES = 500;
    private static final int LIMIT_MILLIS = 20_000;

    private final Socket socket;

    private DirectConnection(Socket socket) {
        this.socket = socket;
    }

    /** A connection to this worker, which is closed with the site. */
    static DirectConnection to(Site site, WorkerProcess worker) throws Exception {
        return site.asClient(() -> {
            for (int i = 0; i < TRIES; i++) {
                DirectConnection connection = new DirectConnection(new Socket());
                connection.socket.connect(site.address(), LIMIT_MILLIS);
                connection.socket.setSoTimeout(LIMIT_MILLIS);
                connection.send("/");
                if (connection.answer().endsWith("ok " + worker.pid())) {
                    return site.closedWithSite(connection);
                }
                connection.close();
            }
            throw new IOException("worker %d was not reached in %d connections".formatted(worker.pid(), TRIES));
        });
    }

    void send(String path) throws IOException {
        socket.getOutputStream()
                .write("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .formatted(path)
                        .getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads one answer, of a worker that tells the body's length; what came until the end if that comes first. */
    String answer() throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        int missing = Integer.MAX_VALUE;
        for (int next; missing > 0 && (next = in.read()) >= 0; missing--) {
            read.write(next);
            String text = next == '\n' ? read.toString(StandardCharsets.US_ASCII) : "";
            if (text.endsWith("\r\n\r\n")) {
                missing = 1 + length(text);
            }
        }
        return read.toString(StandardCharsets.US_ASCII);
    }

    private static int length(String header) {
        return header.lines()
                .filter(line -> line.regionMatches(true, 0, "Content-Length:", 0, 15))
                .mapToInt(line -> Integer.parseInt(line.substring(15).trim()))
                .findFirst()
                .orElse(0);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
