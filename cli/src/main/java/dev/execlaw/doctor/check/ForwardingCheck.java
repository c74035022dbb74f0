package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether another firewall drops forwarded packets. A packet must be accepted by every forward chain, so ours cannot
 * let through what Docker's drops.
 */
final class ForwardingCheck implements Check {

    private static final Pattern TABLE = Pattern.compile("table (\\w+ \\S+) \\{");
    private static final Pattern DROPS = Pattern.compile("hook forward .*policy drop;");

    @Override
    public String name() {
        return "other firewalls";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        Optional<CommandResult> legacy = host.programs().run(List.of("iptables-legacy", "-S", "FORWARD"));
        if (legacy.isPresent() && legacy.get().stdout().contains("-P FORWARD DROP")) {
            return dropped("iptables-legacy FORWARD");
        }
        Optional<CommandResult> rules = host.programs().run(List.of("nft", "list", "ruleset"));
        if (rules.isEmpty() || !rules.get().succeeded()) {
            return Finding.ok("not seen without nft and root; the user-mode network does not need it");
        }
        String table = "";
        for (String line : rules.get().stdout().lines().toList()) {
            Matcher named = TABLE.matcher(line);
            if (named.find()) {
                table = named.group(1);
            } else if (DROPS.matcher(line).find() && !table.endsWith(" execlaw")) {
                return dropped("nftables table " + table);
            }
        }
        return Finding.ok("none drops forwarded packets");
    }

    private static Finding dropped(String where) {
        return Finding.warn(
                where + " drops forwarded packets (Docker and ufw do so): guests behind TAP devices reach no internet",
                "let them through, with Docker: iptables -I DOCKER-USER -i fctap+ -j ACCEPT && iptables -I DOCKER-USER"
                        + " -o fctap+ -j ACCEPT");
    }
}
