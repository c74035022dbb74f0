package dev.execlaw.doctor.check;

import java.io.IOException;
import java.nio.file.Files;

/** Whether KVM really runs a guest: a device that opens may still start none. */
final class KvmProbeCheck implements Check {

    @Override
    public String name() {
        return "kvm probe guest";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        if (!Files.exists(host.path("/dev/kvm"))) {
            return Finding.ok("not tried: there is no /dev/kvm");
        }
        if (host.installation().images().isEmpty()) {
            return Finding.ok("not tried: there is no image whose kernel could boot");
        }
        Installation.Probe probe = host.installation().probe();
        String seen = probe.accelerator() + ": " + probe.reason();
        return probe.accelerator().equals("kvm")
                ? Finding.ok(seen)
                : Finding.warn(
                        seen,
                        "machines run under software emulation; on a virtual host check its nested"
                                + " virtualization");
    }
}
