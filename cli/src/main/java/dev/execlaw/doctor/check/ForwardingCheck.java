package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Whether other firewalls drop guests' packets by the policy of a chain. A packet must be accepted by every chain, so our
 * table cannot let through what Docker's drops: the server puts accepting rules of its own into such tables, but has no
 * way into those of the old iptables.
 */
final class ForwardingCheck implements Check {

    private static final Pattern DROPS = Pattern.compile("type filter hook (forward|input|output) .*policy drop;.*");
    private static final Pattern MARKED = Pattern.compile(".*\\bcomment \"execlaw\".*");
    private static final Pattern LEGACY_LET_THROUGH = Pattern.compile("(?m)^-A FORWARD -[io] fctap\\+ -j ACCEPT");

    @Override
    public String name() {
        return "other firewalls";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        if (!host.wantsTaps()) {
            return Finding.ok("not looked at: network.mode is user");
        }
        String legacy = host.programs()
                .run(List.of("iptables-legacy", "-S", "FORWARD"))
                .map(CommandResult::stdout)
                .orElse("");
        if (legacy.contains("-P FORWARD DROP")
                && LEGACY_LET_THROUGH.matcher(legacy).results().count() < 2) {
            return Finding.warn(
                    "iptables-legacy FORWARD drops forwarded packets: guests behind TAP devices reach no internet",
                    "iptables-legacy -I FORWARD -i fctap+ -j ACCEPT; iptables-legacy -I FORWARD -o fctap+ -j ACCEPT");
        }
        Optional<Ruleset> rules = Ruleset.of(host);
        return rules.isPresent() ? ofTables(rules.get()) : Finding.ok(Ruleset.UNSEEN);
    }

    private static Finding ofTables(Ruleset rules) {
        Set<String> dropping = new TreeSet<>();
        Set<String> open = new TreeSet<>();
        for (Ruleset.Line line : rules.lines()) {
            boolean judgesIpv4 =
                    line.table().matches("(ip|inet) .*") && !line.table().equals(Ruleset.OURS);
            if (judgesIpv4 && DROPS.matcher(line.text()).matches()) {
                dropping.add(line.table());
            }
            if (MARKED.matcher(line.text()).matches()) {
                open.add(line.table());
            }
        }
        if (dropping.isEmpty()) {
            return Finding.ok("none drops packets by its policy");
        }
        Set<String> closed = new TreeSet<>(dropping);
        closed.removeAll(open);
        if (closed.isEmpty()) {
            return Finding.ok(tables(dropping) + " drop packets by policy; our rules in them let guests through");
        }
        if (!rules.hasOurs()) {
            return Finding.ok(tables(closed)
                    + " drop packets by policy; a server with TAP devices puts rules of its own before that");
        }
        return Finding.warn(
                tables(closed) + " drop packets by policy and have no rule of ours: guests reach nothing",
                "the server sets one within a minute; where it cannot, GET /system says why under network.obstacles");
    }

    private static String tables(Set<String> names) {
        return "nftables " + String.join(", ", names);
    }
}
