package io.sluice.it.net;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.examples.rolling.WorkerException;
import io.sluice.examples.rolling.WorkerProcess;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Does what the unit file says, where systemd cannot run: with the unit's command, signal, exit status and limit, as a user
 * without any right. A {@code systemctl} that comes first in PATH passes on what it is asked.
 */
final class Supervisor implements ServiceManager {
    private static final String REQUEST = "restart sluice-worker@";
    private static final String SYSTEMCTL = """
            #!/bin/sh
            exec curl --silent --show-error --fail --max-time 60 --data "$*" http://127.0.0.1:%d/
            """;

    private final Map<String, WorkerProcess> running = new ConcurrentHashMap<>();
    private final List<WorkerProcess> started = new CopyOnWriteArrayList<>();
    private final Path directory;
    private final List<String> launcher;
    private final NetworkNamespace network;
    private final HttpServer requests;
    private volatile Path jar = Path.of(System.getProperty("sluice.worker"));

    /**
     * Nothing runs yet.
     *
     * @param directory for its files
     */
    Supervisor(Path directory) throws Exception {
        this.directory = directory;
        launcher = Unprivileged.launcher(Path.of(System.getProperty("sluice.worker")));
        Requirement.program("curl", "curl");
        network = NetworkNamespace.create();
        try {
            requests = network.call(
                    () -> HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
            requests.createContext("/", this::answer);
            requests.start();
            Path systemctl = Files.createFile(
                    directory.resolve("systemctl"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.writeString(
                    systemctl, SYSTEMCTL.formatted(requests.getAddress().getPort()));
        } catch (Exception x) {
            network.close();
            throw x;
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            int status = 400;
            if (request.startsWith(REQUEST)) {
                status = isRestarted(request.substring(REQUEST.length())) ? 200 : 500;
            }
            exchange.sendResponseHeaders(status, -1);
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the old process ended well, as systemd sees it, and a new one was started. */
    private boolean isRestarted(String instance) throws IOException, InterruptedException {
        UnitFile unit = UnitFile.instance(instance);
        boolean well = false;
        try (WorkerProcess old = running.remove(instance)) {
            old.signal(unit.killSignal());
            int exitStatus = old.awaitExit(unit.stopTimeout());
            well = exitStatus == 0 || exitStatus == unit.successExitStatus();
        } catch (WorkerException x) {
            System.out.println(x.getMessage()); // It is killed now, as systemd would.
        }
        try {
            start(instance);
        } catch (IOException | InterruptedException x) {
            throw x;
        } catch (Exception x) {
            throw new IOException(x);
        }
        return well;
    }

    @Override
    public void start(String instance) throws Exception {
        List<String> command = UnitFile.instance(instance).command();
        int option = command.indexOf("-jar");
        WorkerProcess worker = network.call(() -> WorkerProcess.start(
                launcher, jar, command.subList(1, option), command.subList(option + 2, command.size())));
        running.put(instance, worker);
        started.add(worker);
    }

    @Override
    public NetworkNamespace network() {
        return network;
    }

    @Override
    public long pid(String instance) {
        return running.get(instance).pid();
    }

    @Override
    public void installBrokenRelease() throws IOException {
        jar = Files.writeString(directory.resolve("broken.jar"), "no jar");
    }

    @Override
    public Process command(List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().merge("PATH", directory.toString(), (old, first) -> first + File.pathSeparator + old);
        return network.call(builder::start);
    }

    @Override
    public String rollingRestart() {
        return UnitFile.example("rolling-restart").toString();
    }

    @Override
    public String log() {
        List<String> lines = new ArrayList<>();
        started.forEach(worker -> lines.addAll(worker.output()));
        return String.join("\n", lines);
    }

    @Override
    public void close() {
        requests.stop(0);
        started.forEach(WorkerProcess::close);
        network.close();
    }
}
