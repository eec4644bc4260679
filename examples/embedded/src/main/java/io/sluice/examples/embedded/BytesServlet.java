package io.sluice.examples.embedded;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/**
 * Large transfers: {@code GET /bytes?length=N} answers the first N bytes of {@code new Random(N)}, {@code PUT} or
 * {@code POST /digest} reads a body and answers {@code SHA-256 LENGTH}.
 */
final class BytesServlet extends HttpServlet {
    static final String BYTES = "/bytes";
    static final String DIGEST = "/digest";

    private static final long serialVersionUID = 1;
    private static final long LONGEST = 10_000_000_000L;

    /** A multiple of 4: {@link Random} makes 4 bytes at a time, so that then the chunks do not show. */
    private static final int CHUNK = 16 * 1024;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!BYTES.equals(request.getServletPath())) {
            response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
            return;
        }
        long length = length(request.getParameter("length"));
        if (length < 0) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST, "length must be 0 to " + LONGEST);
            return;
        }
        response.setContentType("application/octet-stream");
        response.setContentLengthLong(length);
        send(new Random(length), length, response.getOutputStream());
    }

    private static long length(String text) {
        try {
            long length = Long.parseLong(text);
            return length <= LONGEST ? length : -1;
        } catch (NumberFormatException x) {
            return -1;
        }
    }

    private static void send(Random random, long length, OutputStream output) throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (long left = length; left > 0; left -= chunk.length) {
            random.nextBytes(chunk);
            output.write(chunk, 0, (int) Math.min(left, chunk.length));
        }
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        doPut(request, response);
    }

    @Override
    protected void doPut(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!DIGEST.equals(request.getServletPath())) {
            response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
            return;
        }
        MessageDigest digest = sha256();
        long length = 0;
        byte[] chunk = new byte[CHUNK];
        InputStream body = request.getInputStream();
        for (int read = body.read(chunk); read >= 0; read = body.read(chunk)) {
            digest.update(chunk, 0, read);
            length += read;
        }
        response.setContentType("text/plain");
        response.setCharacterEncoding("US-ASCII");
        response.getWriter().println(HexFormat.of().formatHex(digest.digest()) + " " + length);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException x) {
            throw new IllegalStateException("every Java platform has SHA-256", x);
        }
    }
}
