package io.sluice.internal.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What a peer says is either one of the messages, to the letter, or a no. */
class MessageFuzzTest {
    private static final Set<Message> WITH_ARGUMENT = EnumSet.of(Message.CONNECTIONS, Message.READY);

    @Property
    void whatIsNoMessageIsNo(@ForAll String text) {
        boolean known = Arrays.stream(Message.values())
                .anyMatch(message -> message != Message.SILENCE
                        && (WITH_ARGUMENT.contains(message)
                                ? text.startsWith(message.text(""))
                                : text.equals(message.text())));

        assertEquals(known, Message.of(text) != Message.NO || text.equals(Message.NO.text()));
    }

    /** Another version, another case, something before or behind. */
    @Property
    void whatIsNearlyAMessageIsNo(@ForAll("spoilt") String text) {
        assertEquals(Message.NO, Message.of(text));
    }

    @Property
    void aMessageIsUnderstood(@ForAll Message message, @ForAll String argument) {
        boolean hasArgument = WITH_ARGUMENT.contains(message);
        String text = hasArgument ? message.text(argument) : message.text();

        assertEquals(message == Message.SILENCE ? Message.NO : message, Message.of(text));
        assertEquals(hasArgument ? argument : "", hasArgument ? message.argumentOf(text) : "");
    }

    /** Whatever a peer says, no more are taken for ready than it was given. */
    @Property
    void aCountIsOneOfThoseGiven(@ForAll String argument, @ForAll @IntRange(max = 253) int given) {
        int count = Message.READY.countOf(Message.READY.text(argument), given);

        assertTrue(count >= 0 && count <= given, () -> argument + " is taken for " + count);
    }

    @Property
    void aCountIsUnderstood(@ForAll @IntRange(min = -5, max = 300) int said, @ForAll @IntRange(max = 253) int given) {
        assertEquals(said < 0 || said > given ? 0 : said, Message.READY.countOf(Message.READY.text(said), given));
    }

    @Provide
    Arbitrary<String> spoilt() {
        Arbitrary<Message> messages = Arbitraries.of(Message.class);
        Arbitrary<String> more = Arbitraries.strings()
                .ofMinLength(1)
                .ofMaxLength(600)
                .filter(text -> !text.startsWith(" ")); // That would be an argument.
        return Arbitraries.oneOf(
                messages.map(message -> message.text("1").toLowerCase(Locale.ROOT)),
                messages.map(message -> message.text("1").replace(" 1 ", " 2 ")),
                messages.flatMap(message -> more.map(tail -> message.text() + tail)),
                messages.flatMap(message -> more.map(head -> head + message.text("1"))),
                messages.map(message -> message.text("1").substring(1)));
    }
}
