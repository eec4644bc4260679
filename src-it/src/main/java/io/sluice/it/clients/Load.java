package io.sluice.it.clients;

import java.io.IOException;

/** A client at work. Closing it ends it at once, and does nothing after {@link #stop}. */
interface Load extends AutoCloseable {
    /** Whether the client still sends requests. One that has given up would see no restart. */
    boolean isRunning();

    /** Ends the client in good order and counts. */
    Tally stop() throws IOException, InterruptedException;

    @Override
    void close();
}
