package io.sluice.it.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class KernelPackageTest {
    @Test
    void ofEachLineTheOldestAndTheNewest() {
        assertEquals(
                List.of(
                        "linux-image-6.1.0-9-amd64",
                        "linux-image-6.1.0-56-amd64",
                        "linux-image-6.12.94+deb12-amd64",
                        "linux-image-6.12.117+deb12-amd64",
                        "linux-image-7.0.13+deb13-amd64"),
                KernelPackage.oldestAndNewest(List.of(
                        "linux-image-7.0.13+deb13-amd64",
                        "linux-image-6.12.117+deb12-amd64",
                        "linux-image-6.12.94+deb12-amd64",
                        "linux-image-6.12.113+deb12-amd64",
                        "linux-image-6.1.0-10-amd64",
                        "linux-image-6.1.0-56-amd64",
                        "linux-image-6.1.0-9-amd64")));
    }

    @Test
    void noOtherBuildsAndNoMetaPackages() {
        assertEquals(
                List.of(),
                KernelPackage.oldestAndNewest(List.of(
                        "linux-image-amd64",
                        "linux-image-6.12-amd64",
                        "linux-image-6.1.0-56-cloud-amd64",
                        "linux-image-6.1.0-56-rt-amd64",
                        "linux-image-6.1.0-56-amd64-dbg",
                        "linux-image-6.1.0-56-amd64-unsigned")));
    }
}
