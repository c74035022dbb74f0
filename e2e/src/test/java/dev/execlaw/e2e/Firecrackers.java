package dev.execlaw.e2e;

import java.nio.file.Path;

/**
 * The Firecracker that tests run sessions with: the double that lies with the driver's tests, which speaks Firecracker's
 * API and runs its guests by QEMU, unless properties name a real one.
 */
final class Firecrackers {

    private static final Path DOUBLES =
            Path.of(System.getProperty("execlaw.root")).resolve("microvm/src/test/double");

    private Firecrackers() {}

    /** Configuration of a server that runs its machines with it. */
    static String config() {
        String binary = System.getProperty("execlaw.firecracker.binary", "");
        String jailer = System.getProperty("execlaw.firecracker.jailer", "");
        return """
                [vm]
                driver = "firecracker"
                [firecracker]
                binary = "%s"
                jailer = "%s"
                """.formatted(
                        binary.isEmpty() ? DOUBLES.resolve("firecracker-double") : binary,
                        !jailer.isEmpty() ? jailer : binary.isEmpty() ? DOUBLES.resolve("jailer-double") : "none");
    }
}
