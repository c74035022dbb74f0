package dev.execlaw.e2e;

/** The same ends with Firecracker under its jailer (see {@link Firecrackers}). */
final class FirecrackerCrashTest extends CrashTest {

    @Override
    String config() {
        return Firecrackers.config();
    }
}
