package dev.execlaw.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code execlaw session network}. */
@Command(
        name = "network",
        description = {
            "Show what a session's machine reaches and what went through; with --policy or --allow, change it.",
            "A change holds at once, for open connections too, and replaces what was listed before."
        })
final class SessionNetworkCommand extends SessionCommand.OfOne {

    @Mixin
    private final NetworkOptions wanted = new NetworkOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    void run(ApiClient api, PrintWriter out) throws InterruptedException {
        Optional<Map<String, Object>> body = wanted.body();
        JsonNode network = api.call(body.isEmpty() ? "GET" : "PUT", path() + "/network", body.orElse(null));
        if (json) {
            out.println(network.toPrettyString());
        } else {
            show(out, network);
        }
    }

    private static void show(PrintWriter out, JsonNode network) {
        line(out, "mode", network.path("mode").asString());
        for (String address : List.of("guest", "gateway")) {
            JsonNode known = network.path(address);
            line(out, address, known.isString() ? known.asString() : "none before its first start");
        }
        String policy = network.path("policy").asString();
        String effective = network.path("effective").asString();
        line(out, "policy", policy + (policy.equals(effective) ? "" : "; in this mode it is " + effective));
        List<String> entries = new ArrayList<>();
        network.path("allow").forEach(entry -> entries.add(entry.asString()));
        if (!entries.isEmpty()) {
            line(out, "allow", String.join(", ", entries));
        }
        line(out, "isolation", network.path("isolation").asString());
        JsonNode traffic = network.path("traffic");
        if (traffic.isObject()) {
            for (String direction : List.of("sent", "received", "dropped")) {
                line(
                        out,
                        direction,
                        traffic.path(direction + "Packets").asLong() + " packets, "
                                + traffic.path(direction + "Bytes").asLong() + " bytes");
            }
        }
    }

    private static void line(PrintWriter out, String what, String value) {
        out.printf("%-10s %s%n", what, value);
    }
}
