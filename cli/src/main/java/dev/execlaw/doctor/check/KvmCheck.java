package dev.execlaw.doctor.check;

import java.nio.file.Files;
import java.nio.file.Path;

/** Whether {@code /dev/kvm} is there and permitted; whether it works is another question. */
final class KvmCheck implements Check {

    @Override
    public String name() {
        return "/dev/kvm";
    }

    @Override
    public Finding run(HostFacts host) {
        Path device = host.path("/dev/kvm");
        if (!Files.exists(device)) {
            return Finding.warn(
                    "not there: machines run under software emulation, slower",
                    "switch virtualization on in the firmware, or nested virtualization on a virtual host");
        }
        return Files.isReadable(device) && Files.isWritable(device)
                ? Finding.ok("there, and may be opened")
                : Finding.warn("there, but this user may not open it", "usermod -aG kvm USER, then log in again");
    }
}
