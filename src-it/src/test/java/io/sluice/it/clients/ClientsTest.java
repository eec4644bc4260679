package io.sluice.it.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ClientsTest {
    @Test
    void eachHasANameOfItsOwn() {
        List<String> names = Clients.all().stream().map(Client::name).toList();
        assertEquals(names.size(), Set.copyOf(names).size());
    }

    @Test
    void aFamilyIsAllThatBeginsWithItsName() {
        assertEquals(List.of("wrk-keepalive", "wrk-close", "wrk-https"), named("wrk"));
        assertEquals(List.of("wrk-close"), named("wrk-close"));
        assertEquals(List.of(), named("wrk-"));
    }

    @Test
    void aLineOfTheTableHasItsWidth() {
        int width = Row.head().length();
        assertTrue(Clients.all().stream()
                .map(client -> new Row(client, Connector.SLUICE, 10, Tally.NONE, Duration.ZERO))
                .allMatch(row -> row.line().length() == width));
    }

    private static List<String> named(String word) {
        return Clients.all().stream()
                .filter(client -> client.answersTo(word))
                .map(Client::name)
                .collect(Collectors.toList());
    }
}
