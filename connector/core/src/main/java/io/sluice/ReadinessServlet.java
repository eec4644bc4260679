package io.sluice;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import org.eclipse.jetty.server.handler.ContextHandler;

/**
 * What {@link ReadinessHandler} answers, as a servlet: {@code 200 ready} or {@code 503 draining}. For Jetty's ee9 to ee11;
 * an application must have this class from the server, not in a jar of its own.
 */
public class ReadinessServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    /** Made by the servlet container. */
    public ReadinessServlet() {}

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ContextHandler context = Objects.requireNonNull(
                ContextHandler.getCurrentContextHandler(), "this thread handles no request of Jetty's");
        Readiness readiness = Readiness.of(context.getServer());
        response.setStatus(readiness.status());
        response.setContentType("text/plain");
        response.setHeader("Cache-Control", "no-store");
        response.getOutputStream().print(readiness.body());
    }
}
