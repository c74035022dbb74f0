package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether the host uses addresses of 10.200.0.0/16 itself: an interface, or a route of a VPN. */
final class AddressCheck implements Check {

    private static final int OURS = address("10.200.0.0");
    private static final int OUR_BITS = 16;
    private static final Pattern INTERFACE = Pattern.compile("^\\d+: (\\S+)\\s+inet ([0-9.]+)/(\\d+)");
    private static final Pattern ROUTE = Pattern.compile("^(?:\\w+ )?([0-9.]+)(?:/(\\d+))? .*dev (\\S+)");

    @Override
    public String name() {
        return "addresses";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        List<String> clashes = new ArrayList<>();
        clashes(host, List.of("ip", "-4", "-o", "addr", "show"), INTERFACE, 2, 3, 1, clashes);
        clashes(host, List.of("ip", "-4", "-o", "route", "show"), ROUTE, 1, 2, 3, clashes);
        return clashes.isEmpty()
                ? Finding.ok("nothing of this host is in 10.200.0.0/16")
                : Finding.warn(
                        String.join(", ", clashes) + " overlaps with the guests' 10.200.0.0/16",
                        "move that network, or expect it to be out of reach while guests have TAP devices");
    }

    private static void clashes(
            HostFacts host, List<String> argv, Pattern form, int address, int bits, int device, List<String> clashes)
            throws IOException, InterruptedException {
        Optional<CommandResult> told = host.programs().run(argv);
        for (String line : told.map(CommandResult::stdout).orElse("").lines().toList()) {
            Matcher matcher = form.matcher(line);
            if (!matcher.find() || matcher.group(device).startsWith("fctap")) {
                continue;
            }
            int length = matcher.group(bits) == null ? 32 : Integer.parseInt(matcher.group(bits));
            if (overlaps(address(matcher.group(address)), length)) {
                clashes.add(matcher.group(address) + "/" + length + " on " + matcher.group(device));
            }
        }
    }

    private static boolean overlaps(int address, int length) {
        int common = Math.min(length, OUR_BITS);
        int mask = common == 0 ? 0 : -1 << (32 - common);
        return (address & mask) == (OURS & mask);
    }

    private static int address(String dotted) {
        int value = 0;
        for (String part : dotted.split("\\.", -1)) {
            value = value * 256 + Integer.parseInt(part);
        }
        return value;
    }
}
