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
    /** The connection ends, and what was kept is not needed any more. */
    BYE,
    /** No, or nothing that is understood. */
    NO,
    /** Nothing was said in time; never sent. */
    SILENCE;

    private static final String PREFIX = "sluice 1 ";

    /** Gives NO for what makes no sense. */
    static Message of(String text) {
        for (Message message : values()) {
            if (message != SILENCE && message.text().equals(text)) {
                return message;
            }
        }
        return NO;
    }

    String text() {
        return PREFIX + name();
    }
}
