package dev.execlaw.e2e;

import org.junit.jupiter.api.Test;

/** The same ends with Firecracker under its jailer (see {@link Firecrackers}). */
final class FirecrackerCrashTest extends CrashTest {

    @Override
    String config() {
        return Firecrackers.config();
    }

    /** By a reboot: a guest that powers itself off leaves Firecracker running on x86 (FAQ.md there). */
    @Override
    @Test
    void aGuestThatPowersOffIsStoppedAndItsDiskStartsAgain() {
        endsItself("reboot", "rebooted");
    }
}
