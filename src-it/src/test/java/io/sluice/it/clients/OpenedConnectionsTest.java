package io.sluice.it.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OpenedConnectionsTest {
    private static final int PORT = 0xA837;

    @Test
    void aConnectionIsItsClientsRow() {
        String rows = """
                  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
                   0: 0100007F:A837 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 73157969 1 0
                   1: 0100007F:A837 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000     0        0 73157970 1 0
                   2: 0100007F:D2F0 0100007F:A837 01 00000000:00000000 00:00000000 00000000  1000        0 73157971 1 0
                 312: 0100007F:D2F2 0100007F:A837 01 00000000:00000000 02:00000AF1 00000000     0        0 73157972 2 0
                """;
        assertEquals(Set.of("0100007F:D2F0", "0100007F:D2F2"), OpenedConnections.clients(PORT, rows.lines()));
    }

    @Test
    void soItIsWithLongAddresses() {
        String rows = """
                  sl  local_address                         remote_address                        st tx_queue rx_queue tr
                   0: 00000000000000000000000000000000:A837 00000000000000000000000000000000:0000 0A 00000000:00000000 00
                   1: 0000000000000000FFFF00000100007F:A837 0000000000000000FFFF00000100007F:D2F0 01 00000000:00000000 00
                   2: 0000000000000000FFFF00000100007F:D2F0 0000000000000000FFFF00000100007F:A837 01 00000000:00000000 00
                   3: 00000000000000000000000001000000:D2F2 00000000000000000000000001000000:A837 01 00000000:00000000 00
                """;
        assertEquals(
                Set.of("0000000000000000FFFF00000100007F:D2F0", "00000000000000000000000001000000:D2F2"),
                OpenedConnections.clients(PORT, rows.lines()));
    }

    @Test
    void onlyWhatIsOpenCounts() {
        String rows = """
                   0: 0100007F:D2F0 0100007F:A837 02 00000000:00000000 01:00000064 00000000     0        0 73157971 2 0
                   1: 0100007F:D2F2 0100007F:A837 06 00000000:00000000 03:00000AF1 00000000     0        0 0 3 0
                   2: 0100007F:D2F4 0100007F:A838 01 00000000:00000000 00:00000000 00000000     0        0 73157973 1 0
                   3: 0100007F:A837 0100007F:A837 01 00000000:00000000 00:00000000 00000000     0        0 73157974 1 0
                """;
        assertEquals(Set.of(), OpenedConnections.clients(PORT, rows.lines()));
    }

    @Test
    void aClosedOneStaysCounted() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                OpenedConnections opened = new OpenedConnections(server.getLocalPort())) {
            Socket before = connect(server);
            assertEquals(OptionalInt.empty(), opened.count());
            opened.countFromNow();
            assertEquals(OptionalInt.of(0), opened.count());

            Socket later = connect(server);
            before.close();
            assertEquals(OptionalInt.of(1), opened.count());
            later.close();
            assertEquals(OptionalInt.of(1), opened.count());
        }
    }

    @Test
    void nobodyHasToAskWhileItIsOpen() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                OpenedConnections opened = new OpenedConnections(server.getLocalPort())) {
            opened.countFromNow();
            while (opened.count().equals(OptionalInt.of(0))) {
                Socket shortLived = connect(server);
                TimeUnit.MILLISECONDS.sleep(100);
                shortLived.close();
            }
        }
    }

    private static Socket connect(ServerSocket server) throws IOException {
        return new Socket(server.getInetAddress(), server.getLocalPort());
    }
}
