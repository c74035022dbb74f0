package dev.execlaw.doctor.check;

import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether the host uses addresses of {@code network.prefix} itself: an interface, or a route of a VPN. Where the prefix
 * lies within such a network, it cannot be used; where it only holds one, its slots there are not given out.
 */
final class AddressCheck implements Check {

    private static final int PREFIX_BITS = 16;

    /** A route to nearly everything, as VPNs set it, stands in nobody's way. */
    private static final int WIDEST = 8;

    private static final Pattern INTERFACE = Pattern.compile("^\\d+: (\\S+)\\s+inet ([0-9.]+)/(\\d+)");
    private static final Pattern ROUTE =
            Pattern.compile("^(?!local |broadcast )(?:[a-z]+ )?([0-9.]+)(?:/(\\d+))?(?: .*\\bdev (\\S+))?");

    @Override
    public String name() {
        return "addresses";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        if (!host.wantsTaps()) {
            return Finding.ok("not needed: network.mode is user");
        }
        NetworkPrefix prefix = NetworkPrefix.parse(host.config().network().prefix());
        List<Use> uses = new ArrayList<>();
        for (Use use : used(host)) {
            if (use.overlaps(prefix)) {
                uses.add(use);
            }
        }
        if (uses.isEmpty()) {
            return Finding.ok("nothing of this host is in " + prefix);
        }
        String seen = String.join(", ", uses.stream().map(Use::toString).toList());
        return uses.stream().anyMatch(use -> use.bits() <= PREFIX_BITS)
                ? Finding.warn(
                        seen + ": the guests' " + prefix + " lies within it, so there is no TAP network",
                        "set network.prefix to a /16 that is free, e.g. \"10.201.0.0/16\"")
                : Finding.ok(seen + ": within " + prefix + ", guests get none of these addresses");
    }

    private static List<Use> used(HostFacts host) throws IOException, InterruptedException {
        List<Use> uses = new ArrayList<>();
        for (Matcher line : lines(host, List.of("ip", "-4", "-o", "addr", "show"), INTERFACE)) {
            uses.add(new Use(line.group(2), Integer.parseInt(line.group(3)), line.group(1)));
        }
        for (Matcher line : lines(host, List.of("ip", "-4", "-o", "route", "show", "table", "all"), ROUTE)) {
            int bits = line.group(2) == null ? 32 : Integer.parseInt(line.group(2));
            uses.add(new Use(line.group(1), bits, line.group(3) == null ? "no device" : line.group(3)));
        }
        return uses.stream()
                .filter(use -> !use.device().startsWith("fctap") && use.bits() >= WIDEST)
                .toList();
    }

    private static List<Matcher> lines(HostFacts host, List<String> argv, Pattern form)
            throws IOException, InterruptedException {
        Optional<CommandResult> told = host.programs().run(argv);
        return told.map(CommandResult::stdout)
                .orElse("")
                .lines()
                .map(form::matcher)
                .filter(Matcher::find)
                .toList();
    }

    private record Use(String address, int bits, String device) {

        boolean overlaps(NetworkPrefix prefix) {
            int mask = -1 << (32 - Math.min(bits, PREFIX_BITS));
            return (number(address) & mask) == ((prefix.first() << 24 | prefix.second() << 16) & mask);
        }

        private static int number(String dotted) {
            int value = 0;
            for (String part : dotted.split("\\.", -1)) {
                value = value * 256 + Integer.parseInt(part);
            }
            return value;
        }

        @Override
        public String toString() {
            return address + "/" + bits + " on " + device;
        }
    }
}
