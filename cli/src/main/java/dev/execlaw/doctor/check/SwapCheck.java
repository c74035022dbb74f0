package dev.execlaw.doctor.check;

import java.io.IOException;

/** Whether guest memory can reach a disk: Firecracker's docs/prod-host-setup.md wants swap off or encrypted. */
final class SwapCheck implements Check {

    @Override
    public String name() {
        return "swap";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        long areas = host.read("/proc/swaps").orElse("").lines().skip(1).count();
        return areas == 0
                ? Finding.ok("off")
                : Finding.warn(
                        areas + " swap areas: pages of guests can end up on a disk",
                        "where several people share this host: swapoff -a, or encrypt it");
    }
}
