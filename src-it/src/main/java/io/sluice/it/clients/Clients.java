package io.sluice.it.clients;

import io.sluice.it.OwnClasses;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All clients of the table. */
final class Clients {
    private static final String LONGER_THAN_ANY_RUN = "3600s";

    /** For curl, ab and the others that count seconds: less than {@link ShortRun#LIMIT}. */
    private static final String SECONDS = "20";

    private static final int CURL_LOOPS = 6;
    private static final int CURL_URLS = 100;
    private static final int NGHTTP_LOOPS = 4;
    private static final int NGHTTP_STREAMS = 10;
    private static final int TRANSFERS = 3;

    /** Spreads the transfers, so that a restart meets each at another place. */
    private static final Duration TRANSFER_OFFSET = Duration.ofMillis(600);

    private static final Need NOTHING = Optional::empty;

    private Clients() {}

    static List<Client> all() {
        Need http2Jdk = new Http2Jdk();
        return List.of(
                new Client("wrk-keepalive", "http", Program.WRK, target -> wrk(target, "/"))
                        .keeping(Client.Connections.UNTIL_THE_END),
                new Client("wrk-close", "http", Program.WRK, target -> wrk(target, "/", "-H", "Connection: close")),
                new Client("wrk-https", "https", Program.WRK, target -> wrk(target, "/"))
                        .keeping(Client.Connections.UNTIL_THE_END),
                new Client("ab-keepalive", "http", Program.AB, target -> ab(target, "-k"))
                        .keeping(Client.Connections.FOR_ITS_OWN_RUN),
                new Client("ab-close", "http", Program.AB, target -> ab(target)),
                new Client("curl-http", "http", Program.CURL, target -> curl(target, CURL_URLS, "1.1", "--http1.1"))
                        .keeping(Client.Connections.FOR_ITS_OWN_RUN),
                new Client("curl-h2", "h2", Program.CURL, target -> curl(target, CURL_URLS, "2", "--http2"))
                        .keeping(Client.Connections.FOR_ITS_OWN_RUN),
                // Two URLs on one connection fail with prior knowledge in curl 7.88, whatever the server.
                new Client("curl-h2c", "h2c", Program.CURL, target -> curl(target, 1, "2", "--http2-prior-knowledge")),
                new Client("download-http", "http", Program.CURL, target -> download(target, "1.1", "--http1.1")),
                new Client("download-h2", "h2", Program.CURL, target -> download(target, "2", "--http2")),
                new Client("upload-http", "http", Program.CURL, target -> upload(target, "1.1", "--http1.1")),
                new Client("upload-h2", "h2", Program.CURL, target -> upload(target, "2", "--http2")),
                new Client("nghttp-h2c", "h2c", Program.NGHTTP, Clients::nghttp),
                new Client("nghttp-h2", "h2", Program.NGHTTP, Clients::nghttp),
                new Client("h2load-h2c", "h2c", Client.Verdict.SERVER_ERRORS, List.of(Program.H2LOAD), Clients::h2load),
                new Client("jdk-http", "http", NOTHING, target -> jdk(ownJava(), HttpClient.Version.HTTP_1_1, target))
                        .keeping(Client.Connections.UNTIL_THE_END),
                new Client("jdk-h2c", "h2c", http2Jdk, Clients::http2Jdk).keeping(Client.Connections.UNTIL_THE_END),
                new Client("jdk-h2", "h2", http2Jdk, Clients::http2Jdk).keeping(Client.Connections.UNTIL_THE_END),
                proxied("haproxy-http", "http", Program.HAPROXY, new Haproxy(""), "/"),
                // An answer without a body: HAProxy 2.6 sends a WINDOW_UPDATE for each body, and Jetty ends a
                // connection
                // that has more than 128 of them in a second.
                proxied("haproxy-h2c", "h2c", Program.HAPROXY, new Haproxy("proto h2"), "/bytes?length=0"),
                proxied("nginx-http", "http", Program.NGINX, new Nginx(), "/"));
    }

    private static Load wrk(Target target, String path, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "wrk",
                "--threads",
                "1",
                "--connections",
                Integer.toString(target.connections()),
                "--duration",
                LONGER_THAN_ANY_RUN));
        command.addAll(List.of(options));
        command.add(target.url(path));
        return EndlessRun.start(command, RunningProgram::interrupt, new WrkOutput());
    }

    /** In runs of a second or so, because it ends after a number of requests or at an error. */
    private static Load ab(Target target, String... options) {
        List<String> command = new ArrayList<>(
                List.of("ab", "-q", "-c", Integer.toString(target.connections()), "-n", "3000", "-s", SECONDS));
        command.addAll(List.of(options));
        // Not "/": ab calls an answer of another length failed, and process ids have lengths.
        command.add(target.url("/bytes?length=64"));
        return RepeatedRuns.start(1, Duration.ZERO, new ShortRun(command, new AbOutput()));
    }

    private static Load curl(Target target, int urls, String version, String option) {
        List<String> command = curl(option);
        // A range has curl ask again and again, on the connection that it has.
        command.addAll(List.of("--output", "/dev/null", "--write-out", CurlOutput.FORMAT));
        command.add(target.url("/?[1-" + urls + "]"));
        return RepeatedRuns.start(CURL_LOOPS, Duration.ZERO, new ShortRun(command, new CurlOutput(version, urls)));
    }

    private static Load download(Target target, String version, String option) {
        List<String> command = curl(option);
        command.addAll(List.of("--limit-rate", Integer.toString(LargeContent.RATE)));
        command.addAll(List.of("--write-out", "%{stderr}" + CurlOutput.FORMAT));
        command.add(target.url("/bytes?length=" + LargeContent.LENGTH));
        return RepeatedRuns.start(
                TRANSFERS, TRANSFER_OFFSET, new Download(command, new CurlOutput(version, 1), LargeContent.digest()));
    }

    private static Load upload(Target target, String version, String option) throws IOException {
        Path file = LargeContent.writeTo(target.directory().resolve("upload"));
        List<String> command = curl(option);
        command.addAll(List.of("--limit-rate", Integer.toString(LargeContent.RATE)));
        command.addAll(List.of("--upload-file", file.toString(), "--write-out", CurlOutput.FORMAT));
        command.add(target.url("/digest"));
        UploadOutput output = new UploadOutput(new CurlOutput(version, 1), LargeContent.digest());
        return RepeatedRuns.start(TRANSFERS, TRANSFER_OFFSET, new ShortRun(command, output));
    }

    private static List<String> curl(String option) {
        return new ArrayList<>(List.of("curl", "--silent", "--insecure", "--max-time", SECONDS, option));
    }

    private static Load nghttp(Target target) {
        List<String> command = List.of(
                "nghttp",
                "--null-out",
                "--stat",
                "--no-verify-peer",
                "--timeout",
                SECONDS,
                "--multiply",
                Integer.toString(NGHTTP_STREAMS),
                target.url("/"));
        return RepeatedRuns.start(NGHTTP_LOOPS, Duration.ZERO, new ShortRun(command, new NghttpOutput(NGHTTP_STREAMS)));
    }

    private static Load h2load(Target target) {
        List<String> command = List.of(
                "h2load", "--clients", "4", "--max-concurrent-streams", "4", "--requests", "3000", target.url("/"));
        return RepeatedRuns.start(1, Duration.ZERO, new ShortRun(command, new H2loadOutput()));
    }

    private static Load http2Jdk(Target target) throws IOException {
        Path java = Http2Jdk.java().orElseThrow();
        return jdk(java, HttpClient.Version.HTTP_2, target);
    }

    private static Load jdk(Path java, HttpClient.Version version, Target target) throws IOException {
        List<String> command = List.of(
                java.toString(),
                "-cp",
                OwnClasses.path().toString(),
                JdkClient.class.getName(),
                version.name(),
                target.url("/"));
        return EndlessRun.start(command, RunningProgram::closeInput, new JdkClientOutput());
    }

    private static Path ownJava() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    private static Client proxied(String name, String protocol, Need program, Proxy proxy, String path) {
        Client client = new Client(
                name,
                protocol,
                Client.Verdict.ALL,
                List.of(program, Program.WRK),
                target -> ProxiedLoad.start(target, proxy, front -> wrk(front, path)));
        return client.keeping(Client.Connections.UNTIL_THE_END);
    }
}
