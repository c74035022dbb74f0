package dev.execlaw.doctor.check;

import java.io.IOException;
import java.util.Optional;

/** Whether guests behind TAP devices get the host's address on their way out: a rule of our own table. */
final class MasqueradeCheck implements Check {

    @Override
    public String name() {
        return "masquerade";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        Optional<Ruleset> rules = Ruleset.of(host);
        if (rules.isEmpty()) {
            return Finding.ok(Ruleset.UNSEEN);
        }
        if (!rules.get().hasOurs()) {
            return Finding.ok("nothing to look at yet: a server with TAP devices makes the table " + Ruleset.OURS);
        }
        return rules.get().table(Ruleset.OURS).anyMatch(line -> line.matches(".*\\bmasquerade\\b.*"))
                ? Finding.ok("the table " + Ruleset.OURS + " masquerades guests")
                : Finding.warn(
                        "the table " + Ruleset.OURS + " has no rule that masquerades: guests reach no internet",
                        "stop the server, nft delete table " + Ruleset.OURS
                                + ", start it again: it makes the table anew");
    }
}
