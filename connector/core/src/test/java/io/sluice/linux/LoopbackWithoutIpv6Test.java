package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.DrainingServerConnector;
import io.sluice.TestJvm;
import io.sluice.linux.TestGroup.Bound;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In a network of its own, whose loopback interface lacks an address, or all of them: a probe has to come from one. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class LoopbackWithoutIpv6Test {
    /** Without an IPv6 address on any interface, Java has no IPv6 at all. */
    private static final String ELSEWHERE =
            "ip link add one type veth peer name other && ip link set one up && ip link set other up && ip link set lo up && ";

    /** Containers are often like that. Two members waited for their probes in vain, 103 ms, and gated. */
    @ParameterizedTest
    @ValueSource(strings = {"ip -6 addr del ::1/128 dev lo", "echo 1 >/proc/sys/net/ipv6/conf/lo/disable_ipv6"})
    void theIndexIsFoundByIpv4(String removal) throws Exception {
        assumeTrue(isPossible(ELSEWHERE + removal));

        assertEquals("arrived at one member of 2", run(ELSEWHERE + removal, Steering.class));
    }

    /** Said at the start, in place of the strategy that each drain would give up. */
    @Test
    void withoutALoopbackInterfaceThereIsNoSteering() throws Exception {
        assumeTrue(isPossible("true"));

        String outcome = run("true", Starting.class);

        assertTrue(outcome.contains("nobody takes the listener, gate: no connection of our own can reach ["), outcome);
    }

    private static boolean isPossible(String setUp) throws IOException, InterruptedException {
        return Features.detect().obstacleToSteering().isEmpty()
                && new ProcessBuilder(inNetwork(setUp + " && exec true"))
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0;
    }

    private static List<String> inNetwork(String command) {
        return List.of("unshare", "--user", "--map-root-user", "--net", "sh", "-c", command);
    }

    private static String run(String setUp, Class<?> main) throws IOException, InterruptedException {
        List<String> wrapper = new ArrayList<>(inNetwork(setUp + " && exec \"$0\" \"$@\""));
        String output = new TestJvm(wrapper.toArray(String[]::new)).run(main);
        String last = Stream.of(output.split("\n")).reduce("", (first, second) -> second);
        assertTrue(last.startsWith("outcome: "), output);
        return last.substring("outcome: ".length());
    }

    /** Steers around one of two members. */
    static final class Steering {
        private Steering() {}

        public static void main(String[] args) throws Exception {
            try (TestGroup group = new TestGroup(Bound.DUAL_STACK, 2)) {
                LinuxReusePortGroup own = LinuxReusePortGroup.of(List.of(group.member(1)), false);
                own.tryLock(Duration.ZERO);
                own.probe();
                group.accept(2, (member, probe) -> {
                    if (member == 1) { // The other's probe tells of the other.
                        own.listener(0).isProbe(probe.getRemoteAddress());
                    }
                    probe.close();
                });
                boolean steered = own.steer();
                for (int i = 0; i < 50; i++) {
                    group.connect("127.0.0.1");
                }
                int[] arrived = group.accept(50);
                System.out.println(
                        "\noutcome: " + (steered && arrived[1] == 0 ? "arrived at one member" : "not steered") + " of "
                                + own.members());
            }
        }
    }

    /** Starts a connector on all addresses. */
    static final class Starting {
        private Starting() {}

        public static void main(String[] args) throws Exception {
            Server server = new Server();
            DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
            server.addConnector(connector);
            server.start();
            System.out.println("\noutcome: %s (%s)"
                    .formatted(connector.getDrainStrategyInUse(), connector.getDrainStrategyReason()));
            server.stop();
        }
    }
}
