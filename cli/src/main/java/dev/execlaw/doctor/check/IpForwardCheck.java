package dev.execlaw.doctor.check;

import java.io.IOException;

/** Whether the host forwards packets, as guests behind TAP devices need it. */
final class IpForwardCheck implements Check {

    @Override
    public String name() {
        return "ip_forward";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        String value = host.read("/proc/sys/net/ipv4/ip_forward").orElse("not there");
        return value.equals("1")
                ? Finding.ok("1")
                : Finding.warn(
                        value + ": guests behind TAP devices reach no internet (user-mode network needs none of this)",
                        "sysctl -w net.ipv4.ip_forward=1");
    }
}
