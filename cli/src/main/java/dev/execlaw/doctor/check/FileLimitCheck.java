package dev.execlaw.doctor.check;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether enough files can be open: a session takes about ten in the server. */
final class FileLimitCheck implements Check {

    private static final int WANTED = 4096;
    private static final Pattern LIMIT = Pattern.compile("(?m)^Max open files\\s+(\\d+|unlimited)\\s+(\\d+|unlimited)");

    @Override
    public String name() {
        return "open files";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        Matcher matcher = LIMIT.matcher(host.read("/proc/self/limits").orElse(""));
        if (!matcher.find()) {
            return Finding.warn("/proc/self/limits does not tell", "mount /proc");
        }
        // The JVM raises its own soft limit to the hard one.
        String hard = matcher.group(2);
        return hard.equals("unlimited") || Long.parseLong(hard) >= WANTED
                ? Finding.ok("at most " + hard)
                : Finding.warn(
                        "at most " + hard, "raise it to " + WANTED + ": LimitNOFILE= of the service, or ulimit -n");
    }
}
