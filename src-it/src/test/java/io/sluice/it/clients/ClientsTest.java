package io.sluice.it.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
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
                .map(client -> row(client, OptionalInt.of(10)))
                .allMatch(row -> row.line().length() == width));
    }

    @Test
    void whatIsNotCountedIsNoNumber() {
        Client client = Clients.all().get(0);
        assertTrue(row(client, OptionalInt.empty()).line().matches("\\S+ +sluice +10( +0){5} +- +0"));
        assertTrue(row(client, OptionalInt.empty()).toJson().contains("\"openedAgain\": null,"));
        assertTrue(row(client, OptionalInt.of(3)).toJson().contains("\"openedAgain\": 3,"));
    }

    private static Row row(Client client, OptionalInt openedAgain) {
        return new Row(client, Server.SLUICE, 10, Tally.NONE, openedAgain, Duration.ZERO);
    }

    private static List<String> named(String word) {
        return Clients.all().stream()
                .filter(client -> client.answersTo(word))
                .map(Client::name)
                .collect(Collectors.toList());
    }
}
