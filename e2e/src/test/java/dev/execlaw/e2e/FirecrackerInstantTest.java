package dev.execlaw.e2e;

/** The same sessions with Firecracker under its jailer (see {@link Firecrackers}); fewer clones, as they take longer. */
final class FirecrackerInstantTest extends InstantTest {

    @Override
    String config() {
        return Firecrackers.config();
    }

    @Override
    int clones() {
        return 4;
    }
}
