package io.sluice.examples.embedded;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;

/** Answers {@code ok PID}; {@code /stop} is for callers on this machine only. */
final class OkServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final int delayMillis;

    OkServlet(int delayMillis) {
        this.delayMillis = delayMillis;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        boolean stop = "/stop".equals(request.getRequestURI());
        if (stop && !InetAddress.getByName(request.getRemoteAddr()).isLoopbackAddress()) {
            response.sendError(HttpServletResponse.SC_FORBIDDEN, "/stop is for callers on this machine");
            return;
        }
        pause();
        response.setContentType("text/plain");
        response.setCharacterEncoding("US-ASCII");
        response.getWriter()
                .println((stop ? "stopping " : "ok ") + ProcessHandle.current().pid());
        if (stop) {
            request.setAttribute(StopAfterAnswer.class.getName(), true);
        }
    }

    private void pause() {
        try {
            Thread.sleep(delayMillis);
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt();
        }
    }
}
