package io.sluice.it.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class NghttpOutputTest {
    private static final String EXPLANATION = """
            ***** Statistics *****

            Request timing:
              responseEnd: the  time  when  last  byte of  response  was  received
                           relative to connectEnd

            sorted by 'complete'

            id  responseEnd requestStart  process code size request path
            """;

    private static Tally tally(int streams, String before, String table) {
        return new NghttpOutput(streams).tally(new RunningProgram.Ended(0, before + EXPLANATION + table));
    }

    @Test
    void allStreamsAreAnswered() {
        assertEquals(new Tally(3, 0, 0, 0), tally(3, "", """
                 13    +11.32ms        +76us  11.25ms  200    9 /
                 31      +648us        +87us    560us  200    0 /
                 15      +1.32s  *     +74us    1.31s  200    9 /
                """));
    }

    @Test
    void aStreamIsAnswered503() {
        Tally tally = tally(2, "", """
                 13    +11.33ms        +73us  11.26ms  200    9 /
                 29    +12.96ms        +76us  12.88ms  503  444 /
                """);
        assertEquals(new Tally(2, 1, 0, 0, List.of("status 503")), tally);
    }

    /** The exit code is 0 all the same. */
    @Test
    void streamsThatGetNoAnswerAreErrors() {
        Tally tally = tally(10, "Some requests were not processed. total=10, processed=3\n", """
                 13      +648us        +87us    560us  200    0 /
                 15      +649us        +88us    560us  200    0 /
                 17      +649us        +89us    560us  404    0 /
                """);
        assertEquals(
                new Tally(
                        10,
                        0,
                        8,
                        0,
                        List.of("status 404", "nghttp: Some requests were not processed. total=10, processed=3")),
                tally);
    }

    @Test
    void nobodyListens() {
        Tally tally = tally(3, """
                [ERROR] Could not connect to the address 127.0.0.1
                Some requests were not processed. total=3, processed=0
                """, "");
        assertEquals(
                new Tally(3, 0, 3, 0, List.of("nghttp: [ERROR] Could not connect to the address 127.0.0.1")), tally);
    }

    @Test
    void answersDoNotCome() {
        Tally tally = tally(3, """
                [ERROR] Timeout
                Some requests were not processed. total=3, processed=0
                """, "");
        assertEquals(new Tally(3, 0, 0, 3, List.of("nghttp: [ERROR] Timeout")), tally);
    }
}
