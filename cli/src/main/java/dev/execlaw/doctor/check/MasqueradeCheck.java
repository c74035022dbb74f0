package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whether guests behind TAP devices get the host's address on their way out. */
final class MasqueradeCheck implements Check {

    @Override
    public String name() {
        return "masquerade";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        Optional<CommandResult> rules = host.programs().run(List.of("nft", "list", "ruleset"));
        if (rules.isEmpty() || !rules.get().succeeded()) {
            return Finding.ok("not seen without nft and root; the user-mode network does not need it");
        }
        String text = rules.get().stdout();
        boolean ours = text.lines().anyMatch(line -> line.matches("table \\w+ execlaw \\{"));
        boolean rule = text.lines()
                .anyMatch(line -> line.contains("10.200.0.0/16")
                        && line.toLowerCase(Locale.ROOT).contains("masquerade"));
        if (rule) {
            return Finding.ok("10.200.0.0/16 is masqueraded");
        }
        return ours
                ? Finding.warn(
                        "the table execlaw is there without a masquerade rule for 10.200.0.0/16",
                        "start the server again: it writes the table anew")
                : Finding.ok("no TAP network is set up");
    }
}
