package io.sluice.it.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class JdkClientOutputTest {
    @Test
    void whatIsPrintedIsRead() {
        Tally tally = new Tally(
                39879,
                33,
                2,
                1,
                List.of("status 503", "java.io.IOException: HTTP/1.1 header parser received no bytes"));
        RunningProgram.Ended ended = new RunningProgram.Ended(0, JdkClientOutput.print(tally));
        assertEquals(tally, new JdkClientOutput().tally(ended));
    }

    @Test
    void wordsOfSeveralLinesStayTogether() {
        RunningProgram.Ended ended = new RunningProgram.Ended(0, JdkClientOutput.print(Tally.error("one\ntwo")));
        assertEquals(Tally.error("one two"), new JdkClientOutput().tally(ended));
    }

    @Test
    void aClientThatFailsAtOnceIsAnError() {
        Tally tally = new JdkClientOutput().tally(new RunningProgram.Ended(1, """
                Exception in thread "main" java.lang.IllegalArgumentException: No enum constant
                """));
        assertEquals(
                Tally.error("the client ended with 1: Exception in thread \"main\""
                        + " java.lang.IllegalArgumentException: No enum constant"),
                tally);
    }
}
