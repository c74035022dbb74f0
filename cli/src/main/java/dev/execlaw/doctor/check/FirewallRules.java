package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What nftables has of ours, read from {@code nft list ruleset}: nothing where it cannot be run, which {@link
 * NftablesCheck} tells.
 *
 * @param ofSlots TAP devices that the table {@code inet execlaw} names, in whatever set, map or rule
 * @param inChainsOfOthers rules with our comment in other tables; they stand for all slots together and are there as
 *     long as the server runs
 */
record FirewallRules(List<LeftoversCheck.Thing> ofSlots, List<String> inChainsOfOthers) {

    private static final String OURS = "inet execlaw";
    private static final String COMMENT = "comment \"execlaw";
    private static final Pattern TAP = Pattern.compile("\\bfctap\\d+\\b");

    FirewallRules {
        ofSlots = List.copyOf(ofSlots);
        inChainsOfOthers = List.copyOf(inChainsOfOthers);
    }

    static FirewallRules of(HostFacts host) throws IOException, InterruptedException {
        Optional<CommandResult> ruleset = host.programs().run(List.of("nft", "list", "ruleset"));
        TreeSet<String> taps = new TreeSet<>();
        List<String> foreign = new ArrayList<>();
        String table = "";
        String chain = "";
        String text = ruleset.filter(CommandResult::succeeded)
                .map(CommandResult::stdout)
                .orElse("");
        for (String line : text.lines().map(String::strip).toList()) {
            if (line.startsWith("table ")) {
                table = opened(line, "table ");
            } else if (line.startsWith("chain ")) {
                chain = opened(line, "chain ");
            }
            if (table.equals(OURS)) {
                TAP.matcher(line).results().map(MatchResult::group).forEach(taps::add);
            } else if (line.contains(COMMENT)) {
                foreign.add("a rule in chain " + chain + " of table " + table);
            }
        }
        return new FirewallRules(
                taps.stream()
                        .map(tap -> new LeftoversCheck.Thing(tap, "rules for " + tap + " in table " + OURS))
                        .toList(),
                foreign);
    }

    private static String opened(String line, String word) {
        return line.substring(word.length()).replaceFirst("\\s*\\{.*", "");
    }
}
