package io.sluice.examples.jettybase;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Answers {@code ok PID for CLIENT}. */
public final class OkServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    /** As long as an application asks its database: a stop then always meets requests that are under way. */
    private static final long WORK_MILLIS = 20;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(WORK_MILLIS);
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt();
            throw new ServletException("interrupted", x);
        }
        response.setContentType("text/plain");
        response.setCharacterEncoding("US-ASCII");
        response.getWriter().println("ok " + ProcessHandle.current().pid() + " for " + request.getRemoteAddr());
    }
}
