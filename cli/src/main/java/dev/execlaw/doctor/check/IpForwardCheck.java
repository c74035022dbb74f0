package dev.execlaw.doctor.check;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the host forwards packets, as guests behind TAP devices need it; the server itself sees to that. */
final class IpForwardCheck implements Check {

    @Override
    public String name() {
        return "ip_forward";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        String value = host.read("/proc/sys/net/ipv4/ip_forward").orElse("not there");
        if (value.equals("1")) {
            return Finding.ok("1");
        }
        return taps(host)
                ? Finding.warn(
                        value + " while machines have TAP devices: they reach no internet",
                        "the server sets it within a minute; does something set it back? sysctl -w"
                                + " net.ipv4.ip_forward=1")
                : Finding.ok(value + "; a server with TAP devices sets it while it runs");
    }

    private static boolean taps(HostFacts host) throws IOException {
        Path devices = host.path("/sys/class/net");
        if (!Files.isDirectory(devices)) {
            return false;
        }
        try (DirectoryStream<Path> ours = Files.newDirectoryStream(devices, "fctap*")) {
            return ours.iterator().hasNext();
        }
    }
}
