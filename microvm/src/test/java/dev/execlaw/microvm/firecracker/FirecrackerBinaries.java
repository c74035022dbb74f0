package dev.execlaw.microvm.firecracker;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which Firecracker and which jailer the tests use: those that the properties {@code execlaw.firecracker.binary} and
 * {@code execlaw.firecracker.jailer} name, else the doubles in {@code microvm/src/test/double}. A jailer {@code none}
 * is none.
 */
public final class FirecrackerBinaries {

    private static final String DOUBLES = "microvm/src/test/double";

    private final @Nullable Path binary;
    private final @Nullable String jailer;
    private final Path doubles;

    private FirecrackerBinaries(@Nullable Path binary, @Nullable String jailer, Path doubles) {
        this.binary = binary;
        this.jailer = jailer;
        this.doubles = doubles;
    }

    /** As the properties say. */
    public static FirecrackerBinaries fromProperties() {
        String binary = property("execlaw.firecracker.binary");
        return new FirecrackerBinaries(
                binary == null ? null : Path.of(binary).toAbsolutePath(),
                property("execlaw.firecracker.jailer"),
                root().resolve(DOUBLES));
    }

    private static @Nullable String property(String name) {
        String value = System.getProperty(name, "");
        // Maven hands on an undefined property as its own name.
        return value.isEmpty() || value.startsWith("${") ? null : value;
    }

    /** The checkout: as the property {@code execlaw.root} says, else the nearest directory above that has the doubles. */
    private static Path root() {
        String told = property("execlaw.root");
        if (told != null) {
            return Path.of(told);
        }
        Path here = Path.of("").toAbsolutePath();
        for (Path at = here; at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve(DOUBLES))) {
                return at;
            }
        }
        throw new IllegalStateException("no " + DOUBLES + " above " + here + "; set -Dexeclaw.root=CHECKOUT");
    }

    /** The Firecracker to start. */
    public Path firecracker() {
        return binary == null ? doubles.resolve("firecracker-double") : binary;
    }

    /** The jailer to start it with; empty where the tests are told to do without. */
    public Optional<Path> jailer() {
        if (jailer == null) {
            return binary == null ? Optional.of(doubles.resolve("jailer-double")) : Optional.empty();
        }
        return jailer.equals("none")
                ? Optional.empty()
                : Optional.of(Path.of(jailer).toAbsolutePath());
    }

    /** Whether {@link #firecracker} is the double: only it has fault modes. */
    public boolean isDouble() {
        return binary == null;
    }
}
