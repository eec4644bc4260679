package io.sluice.internal.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What a peer says is either one of the messages, to the letter, or a no. */
class MessageFuzzTest {
    @Property
    void whatIsNoMessageIsNo(@ForAll String text) {
        boolean known = Arrays.stream(Message.values())
                .anyMatch(
                        message -> message != Message.SILENCE && message.text().equals(text));

        assertEquals(known, Message.of(text) != Message.NO || text.equals(Message.NO.text()));
    }

    /** Another version, another case, something before or behind. */
    @Property
    void whatIsNearlyAMessageIsNo(@ForAll("spoilt") String text) {
        assertEquals(Message.NO, Message.of(text));
    }

    @Property
    void aMessageIsUnderstood(@ForAll Message message) {
        assertEquals(message == Message.SILENCE ? Message.NO : message, Message.of(message.text()));
    }

    @Provide
    Arbitrary<String> spoilt() {
        Arbitrary<Message> messages = Arbitraries.of(Message.class);
        Arbitrary<String> more = Arbitraries.strings().ofMinLength(1).ofMaxLength(600);
        return Arbitraries.oneOf(
                messages.map(message -> message.text().toLowerCase(Locale.ROOT)),
                messages.map(message -> message.text().replace(" 1 ", " 2 ")),
                messages.flatMap(message -> more.map(tail -> message.text() + tail)),
                messages.flatMap(message -> more.map(head -> head + message.text())),
                messages.map(message -> message.text().substring(1)));
    }
}
