package io.sluice.it.chaos;

import java.util.List;

/**
 * One field of the matrix: a fault by itself, or several together.
 *
 * @param axis what kind of fault it is
 * @param name which one, in a few words
 * @param faults what happens
 * @param brief whether it belongs to the short set that every build runs
 * @param combines whether it may be part of a random combination
 */
record Cell(String axis, String name, List<Fault> faults, boolean brief, boolean combines) {
    Cell(String axis, String name, Fault... faults) {
        this(axis, name, List.of(faults), false, true);
    }

    /** The same, in the short set. */
    Cell inBrief() {
        return new Cell(axis, name, faults, true, combines);
    }

    /** The same, by itself only: together with others nobody could say what may be lost. */
    Cell alone() {
        return new Cell(axis, name, faults, brief, false);
    }

    /** As it is asked for on the command line. */
    String id() {
        return axis + "/" + name.replaceAll("[^A-Za-z0-9]+", "-").replaceAll("^-|-$", "");
    }

    boolean answersTo(String word) {
        return word.equals(axis) || word.equals(id());
    }
}
