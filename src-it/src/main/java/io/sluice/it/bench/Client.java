package io.sluice.it.bench;

import java.io.IOException;

/** Talks to a server again and again; used by one thread. */
interface Client extends AutoCloseable {
    /**
     * Sends something and waits for the whole answer.
     *
     * @throws IOException also for a wrong answer
     */
    void exchange() throws IOException;

    @Override
    void close() throws IOException;
}
