package dev.execlaw.doctor.check;

import java.io.IOException;

/** Whether two guests can share a core's caches. */
final class SmtCheck implements Check {

    @Override
    public String name() {
        return "smt";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        return host.read("/sys/devices/system/cpu/smt/active").orElse("0").equals("1")
                ? Finding.warn(
                        "on", "where several people share this host: echo off > /sys/devices/system/cpu/smt/control")
                : Finding.ok("off");
    }
}
