package io.sluice.it.clients;

import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * One download of {@link LargeContent}.
 *
 * @param command a curl that prints the body, and {@link CurlOutput#FORMAT} to standard error
 * @param output reads that
 * @param digest what the body must have
 */
record Download(List<String> command, CurlOutput output, String digest) implements RepeatedRuns.Run {
    Download {
        command = List.copyOf(command);
    }

    @Override
    public Tally once() throws IOException, InterruptedException {
        MessageDigest received = LargeContent.sha256();
        OutputStream body = new DigestOutputStream(OutputStream.nullOutputStream(), received);
        try (RunningProgram curl = RunningProgram.start(command, body)) {
            Tally tally = output.tallyOf(curl.awaitEnd(ShortRun.LIMIT));
            boolean same = HexFormat.of().formatHex(received.digest()).equals(digest);
            return tally.bad() > 0 || same ? tally : Tally.error("curl is content, but the body is not what was sent");
        }
    }
}
