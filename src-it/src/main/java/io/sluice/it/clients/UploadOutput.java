package io.sluice.it.clients;

/**
 * What curl prints after an upload of {@link LargeContent}: the answer, and a line for the transfer.
 *
 * @param transfer reads that line
 * @param digest what the worker must have received
 */
record UploadOutput(CurlOutput transfer, String digest) implements ClientOutput {
    @Override
    public Tally tally(RunningProgram.Ended ended) {
        Tally tally = transfer.tally(ended);
        boolean same = ended.output().lines().anyMatch((digest + " " + LargeContent.LENGTH)::equals);
        return tally.bad() > 0 || same ? tally : Tally.error("200, but the worker received something else");
    }
}
