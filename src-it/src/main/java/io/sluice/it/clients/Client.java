package io.sluice.it.clients;

import java.util.List;
import java.util.Optional;

/**
 * A client program and how it is used.
 *
 * @param name program and variant, with a hyphen between them
 * @param protocol what the workers are to speak
 * @param verdict which of its errors count
 * @param needs what it needs from the machine
 * @param connections what it does with its connections
 * @param start how it is started
 */
record Client(String name, String protocol, Verdict verdict, List<Need> needs, Connections connections, Start start) {
    Client {
        needs = List.copyOf(needs);
    }

    Client(String name, String protocol, Need need, Start start) {
        this(name, protocol, Verdict.ALL, List.of(need), start);
    }

    Client(String name, String protocol, Verdict verdict, List<Need> needs, Start start) {
        this(name, protocol, verdict, needs, Connections.FOR_A_REQUEST, start);
    }

    /** The same client, of which it is known what it does with its connections. */
    Client keeping(Connections kept) {
        return new Client(name, protocol, verdict, needs, kept, start);
    }

    /** The name without the variant. */
    String family() {
        return name.replaceFirst("-.*", "");
    }

    /** Whether someone who says this means this client. */
    boolean answersTo(String word) {
        return word.equals(name) || word.equals(family());
    }

    /** What it needs and does not find. */
    Optional<String> missing() {
        return needs.stream().flatMap(need -> need.missing().stream()).findFirst();
    }

    /** Starts a client. */
    @FunctionalInterface
    interface Start {
        Load on(Target target) throws Exception;
    }

    /** How long a client keeps a connection that the server does not end. */
    enum Connections {
        /** For one request, or one transfer. */
        FOR_A_REQUEST,
        /** As long as the program runs, which is run again and again, and tells how many it opened. */
        FOR_ITS_OWN_RUN,
        /** Until the end. */
        UNTIL_THE_END
    }

    /** What is held against the server. */
    enum Verdict {
        /** Whatever the client calls an error. */
        ALL {
            @Override
            long lost(Tally tally) {
                return tally.bad();
            }
        },
        /** Only answers 5xx, because the client gives up requests that others would send again. */
        SERVER_ERRORS {
            @Override
            long lost(Tally tally) {
                return tally.serverErrors();
            }
        };

        abstract long lost(Tally tally);
    }
}
