package dev.execlaw.doctor.check;

import java.nio.file.Files;
import java.nio.file.Path;

/** Whether TAP devices can be made. */
final class TunCheck implements Check {

    @Override
    public String name() {
        return "/dev/net/tun";
    }

    @Override
    public Finding run(HostFacts host) {
        if (!host.wantsTaps()) {
            return Finding.ok("not needed: network.mode is user");
        }
        Path device = host.path("/dev/net/tun");
        if (!Files.exists(device)) {
            return Finding.warn("not there: no TAP network, only QEMU's user-mode network", "modprobe tun");
        }
        return Files.isReadable(device) && Files.isWritable(device)
                ? Finding.ok("there, and may be opened")
                : Finding.warn("there, but this user may not open it", "run as root for the TAP network");
    }
}
