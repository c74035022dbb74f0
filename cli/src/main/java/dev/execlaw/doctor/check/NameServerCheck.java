package dev.execlaw.doctor.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Whether the host's name servers answer. */
final class NameServerCheck implements Check {

    private static final Pattern SERVER = Pattern.compile("(?m)^\\s*nameserver\\s+([0-9A-Fa-f.:]+)");

    @Override
    public String name() {
        return "name servers";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        List<String> servers = SERVER.matcher(host.read("/etc/resolv.conf").orElse(""))
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
        String todo = "check the network and /etc/resolv.conf; without names nothing can be fetched and no provider"
                + " reached (the model demo needs neither)";
        if (servers.isEmpty()) {
            return Finding.warn("/etc/resolv.conf names none", todo);
        }
        List<String> silent = new ArrayList<>();
        for (String server : servers) {
            host.network().dnsProblem(server).ifPresent(problem -> silent.add(server + ": " + problem));
        }
        return silent.isEmpty()
                ? Finding.ok(String.join(", ", servers) + " answer")
                : Finding.warn(String.join("; ", silent), todo);
    }
}
