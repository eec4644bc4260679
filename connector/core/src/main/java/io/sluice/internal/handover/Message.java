package io.sluice.internal.handover;

/** What members say to each other. The version is part of each message, so that another one is not understood. */
enum Message {
    /** Asks whether listeners would be taken. */
    OFFER,
    /** They would. */
    YES,
    /** Here are listeners, or those that are kept: accept from them. */
    TAKE,
    /** They are accepted from. */
    TAKEN,
    /** Here are listeners: keep them until the connection ends. */
    KEEP,
    /** They are kept. */
    KEPT,
    /** Asks for listeners that were taken over. */
    CLAIM,
    /** Here they are. */
    SPARE,
    /** Asks whether open connections would be taken; what they speak follows. */
    CONNECTIONS(true),
    /** Here are some, which are not read from. */
    ADOPT,
    /** They can be served; how many of them, from the first on, follows. */
    READY(true),
    /** Those are yours. */
    GO,
    /** The connection ends, and what was kept is not needed any more. */
    BYE,
    /** No, or nothing that is understood. */
    NO,
    /** Nothing was said in time; never sent. */
    SILENCE;

    private static final String PREFIX = "sluice 1 ";

    private final boolean hasArgument;

    Message() {
        this(false);
    }

    Message(boolean hasArgument) {
        this.hasArgument = hasArgument;
    }

    /** Gives NO for what makes no sense. */
    static Message of(String text) {
        for (Message message : values()) {
            boolean fits = message.hasArgument ? text.startsWith(message.text() + ' ') : text.equals(message.text());
            if (message != SILENCE && fits) {
                return message;
            }
        }
        return NO;
    }

    String text() {
        return PREFIX + name();
    }

    String text(Object argument) {
        return text() + ' ' + argument;
    }

    /** Gives what follows in a text that is this message. */
    String argumentOf(String text) {
        return text.substring(text().length() + 1);
    }

    /** Gives the number that follows in a text that is this message; 0 if it is none, or less than that, or too large. */
    int countOf(String text, int largest) {
        try {
            int count = Integer.parseInt(argumentOf(text));
            return count < 0 || count > largest ? 0 : count;
        } catch (NumberFormatException x) {
            return 0;
        }
    }
}
