package dev.execlaw.doctor.check;

import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether this is Linux, and not too old a one: 5.10 is the oldest that Firecracker supports (its docs/kernel-policy.md). */
final class KernelCheck implements Check {

    private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");

    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        String system = host.properties().getOrDefault("os.name", "unknown");
        Optional<String> release = host.read("/proc/sys/kernel/osrelease");
        if (!system.equals("Linux") || release.isEmpty()) {
            return Finding.fail(system, "machines need Linux: use a Linux host or a virtual machine with one");
        }
        Matcher matcher = RELEASE.matcher(release.get());
        if (!matcher.matches()) {
            return Finding.warn("Linux " + release.get(), "the version cannot be read; 5.10 or newer is needed");
        }
        int version = Integer.parseInt(matcher.group(1)) * 1000 + Integer.parseInt(matcher.group(2));
        return version >= 5010
                ? Finding.ok("Linux " + release.get())
                : Finding.fail("Linux " + release.get(), "use a kernel from 5.10 on");
    }
}
