package dev.execlaw.microvm.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Rules of others on this host, as Docker, firewalld or ufw make them. Where a packet must pass several chains, each can
 * drop it: so a chain that drops what it does not know gets a rule of ours at its head, marked by its comment. What our
 * own table drops stays dropped.
 */
final class Firewalls {

    private static final String MARK = "execlaw";
    private static final String DOCKER = "DOCKER-USER";
    private static final Path LEGACY = Path.of("/proc/net/ip_tables_names");
    private static final Set<String> HOOKS = Set.of("forward", "input", "output");
    private static final Set<String> SILENT = Set.of("counter", "log", "limit");

    private final Map<String, Chain> chains = new LinkedHashMap<>();
    private final Map<String, List<JsonNode>> rules = new HashMap<>();

    private Firewalls() throws NetworkException {
        for (JsonNode item : HostCommand.nftJson("list the host's rules", "-t", "list", "ruleset")) {
            if (item.has("chain")) {
                Chain chain = Chain.of(item.path("chain"));
                chains.put(chain.id(), chain);
            } else if (item.has("rule")) {
                JsonNode rule = item.path("rule");
                rules.computeIfAbsent(
                                Chain.of(rule.path("family"), rule.path("table"), rule.path("chain")),
                                _ -> new ArrayList<>())
                        .add(rule);
            }
        }
    }

    /**
     * Lets guests' packets through the chains of others, where it is not done yet.
     *
     * @return what could not be done, in plain words
     */
    static List<String> open() throws NetworkException {
        Firewalls firewalls = new Firewalls();
        List<String> obstacles = new ArrayList<>();
        for (Chain chain : firewalls.chains.values()) {
            if (firewalls.blocks(chain)) {
                firewalls.open(chain, obstacles);
            }
        }
        legacy(obstacles);
        return obstacles;
    }

    /** Removes our rules from the chains of others. */
    static void close() throws NetworkException {
        StringBuilder statements = new StringBuilder();
        for (List<JsonNode> chain : new Firewalls().rules.values()) {
            for (JsonNode rule : chain) {
                if (ours(rule)) {
                    statements.append("delete rule %s %s %s handle %d\n"
                            .formatted(
                                    rule.path("family").asString(),
                                    rule.path("table").asString(),
                                    rule.path("chain").asString(),
                                    rule.path("handle").asInt()));
                }
            }
        }
        if (!statements.isEmpty()) {
            HostCommand.nft("remove our rules from other firewalls' chains", statements.toString());
        }
    }

    private boolean blocks(Chain chain) {
        if (!HOOKS.contains(chain.hook())
                || !Set.of("ip", "inet").contains(chain.family())
                || !chain.type().equals("filter")
                || (chain.table().equals("execlaw") && chain.family().equals("inet"))) {
            return false;
        }
        List<JsonNode> own = rules.getOrDefault(chain.id(), List.of());
        return chain.policy().equals("drop") || (!own.isEmpty() && dropsAll(own.getLast()));
    }

    /** Whether a rule has no condition and lets nothing through. */
    private static boolean dropsAll(JsonNode rule) {
        boolean drops = false;
        for (JsonNode expression : rule.path("expr")) {
            String kind = expression.isObject() && !expression.isEmpty()
                    ? expression.propertyNames().iterator().next()
                    : "";
            drops |= kind.equals("drop") || kind.equals("reject");
            if (!SILENT.contains(kind) && !kind.equals("drop") && !kind.equals("reject")) {
                return false;
            }
        }
        return drops;
    }

    private void open(Chain chain, List<String> obstacles) {
        Chain head = chain;
        Chain docker = chains.get(Chain.id(chain.family(), chain.table(), DOCKER));
        if (docker != null && chain.hook().equals("forward") && jumps(chain, DOCKER)) {
            head = docker;
        }
        if (rules.getOrDefault(head.id(), List.of()).stream().anyMatch(Firewalls::ours)) {
            return;
        }
        try {
            HostCommand.nft("let guests through the chain " + head.id(), statements(head, chain.hook()));
        } catch (NetworkException e) {
            obstacles.add("The chain " + chain.id() + " of another firewall drops what it does not know, and takes no"
                    + " rule of ours, so guests may reach nothing. Allow the devices fctap* in that firewall (with"
                    + " firewalld: firewall-cmd --permanent --zone=trusted --add-interface=fctap+). " + e.getMessage());
        }
    }

    private static String statements(Chain head, String hook) {
        String in = "insert rule " + head.id() + " iifname \"" + Slot.TAP + "*\" accept comment \"" + MARK + "\"\n";
        String out = "insert rule " + head.id() + " oifname \"" + Slot.TAP + "*\" accept comment \"" + MARK + "\"\n";
        return (hook.equals("output") ? "" : in) + (hook.equals("input") ? "" : out);
    }

    private boolean jumps(Chain chain, String target) {
        return rules.getOrDefault(chain.id(), List.of()).stream()
                .anyMatch(rule -> rule.path("expr").toString().contains("\"target\":\"" + target + "\""));
    }

    private static boolean ours(JsonNode rule) {
        return rule.path("comment").asString("").equals(MARK);
    }

    private static void legacy(List<String> obstacles) throws NetworkException {
        try {
            if (Files.isReadable(LEGACY) && Files.readString(LEGACY).lines().anyMatch("filter"::equals)) {
                obstacles.add(
                        "This host also has rules of the old iptables, which nft does not show. If its FORWARD chain"
                                + " drops (iptables-legacy -S FORWARD), guests reach nothing until you run: iptables-legacy -I"
                                + " FORWARD -i fctap+ -j ACCEPT; iptables-legacy -I FORWARD -o fctap+ -j ACCEPT");
            }
        } catch (IOException e) {
            throw new NetworkException("cannot read " + LEGACY + ": " + e.getMessage(), e);
        }
    }

    /** A chain; hook, type and policy are empty where packets get to it only from other chains. */
    private record Chain(String family, String table, String name, String type, String hook, String policy) {

        static Chain of(JsonNode chain) {
            return new Chain(
                    chain.path("family").asString(),
                    chain.path("table").asString(),
                    chain.path("name").asString(),
                    chain.path("type").asString(""),
                    chain.path("hook").asString(""),
                    chain.path("policy").asString(""));
        }

        static String of(JsonNode family, JsonNode table, JsonNode name) {
            return id(family.asString(), table.asString(), name.asString());
        }

        static String id(String family, String table, String name) {
            return family + " " + table + " " + name;
        }

        String id() {
            return id(family, table, name);
        }
    }
}
