package io.sluice.examples.rolling;

/** The parts of a load, in their order. */
enum Phase {
    /** Not measured: the workers' virtual machines compile. */
    WARM_UP("warming up"),

    CALM("without restarts"),

    RESTARTS("with restarts");

    private final String label;

    Phase(String label) {
        this.label = label;
    }

    @Override
    public String toString() {
        return label;
    }
}
