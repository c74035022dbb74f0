package dev.execlaw.e2e;

/** The same sessions with Firecracker under its jailer (see {@link Firecrackers}); fewer clones, as they take longer. */
final class FirecrackerInstantTest extends InstantTest {

    @Override
    String config() {
        // On a file system that shares no blocks each checkpoint has a copy of the disk.
        return Firecrackers.config() + """
                [limits]
                checkpoint_mib_per_session = 16384
                [session]
                memory_mib = 512
                """;
    }

    @Override
    int clones() {
        return 3;
    }
}
