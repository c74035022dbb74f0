package dev.execlaw.doctor.check;

import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether there is memory for at least one machine. */
final class MemoryCheck implements Check {

    private static final Pattern AVAILABLE = Pattern.compile("(?m)^MemAvailable:\\s+(\\d+) kB$");

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        Optional<String> meminfo = host.read("/proc/meminfo");
        Matcher matcher = AVAILABLE.matcher(meminfo.orElse(""));
        if (!matcher.find()) {
            return Finding.warn("/proc/meminfo does not tell", "mount /proc");
        }
        long mib = Long.parseLong(matcher.group(1)) / 1024;
        String seen = mib + " MiB available";
        if (mib < 768) {
            return Finding.fail(seen, "free some: the server and one machine of 512 MiB need 768 MiB");
        }
        return mib < 2048
                ? Finding.warn(
                        seen, "free some, or keep to one or two sessions at a time: 2048 MiB give room to breathe")
                : Finding.ok(seen);
    }
}
