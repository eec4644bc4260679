package io.sluice.linux;

import java.io.File;
import java.util.ArrayList;
import java.util.List;

/** Descriptors of sockets that are connected to nothing. */
public final class TestDescriptors {
    private TestDescriptors() {}

    public static List<Descriptor> of(int count) {
        List<Descriptor> descriptors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            descriptors.add(Descriptor.placeholder());
        }
        return descriptors;
    }

    /** How many descriptors of this process are open, of whatever. */
    public static int count() {
        return new File("/proc/self/fd").list().length;
    }
}
