package dev.execlaw.doctor.check;

import java.io.IOException;

/** Whether the kernel merges equal pages, which lets one guest find out what another holds. */
final class KsmCheck implements Check {

    @Override
    public String name() {
        return "ksm";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        return host.read("/sys/kernel/mm/ksm/run").orElse("0").equals("1")
                ? Finding.warn("on", "where several people share this host: echo 0 > /sys/kernel/mm/ksm/run")
                : Finding.ok("off");
    }
}
