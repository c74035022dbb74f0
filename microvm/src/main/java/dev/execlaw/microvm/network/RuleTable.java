package dev.execlaw.microvm.network;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32;
import tools.jackson.databind.JsonNode;

/**
 * The one table of rules on the host ({@code table.nft}). A table made from the same text is kept as it is, since
 * machines outlive this process; one from another text is replaced in one step, its elements and their counters kept.
 */
final class RuleTable {

    private static final String VERSION = "version_";

    /** Its elements are part of the text. */
    private static final String CONSTANT = "private";

    private RuleTable() {}

    /**
     * Makes the table, or takes over the one that is there.
     *
     * @param elements gives statements for a table that is made
     * @return whether it was made
     */
    static boolean open(TapSettings settings, Statements elements) throws NetworkException {
        String text = text(settings);
        if (tables().isEmpty()) {
            HostCommand.nft("make the rules of guests (nft table " + Elements.TABLE + ")", text + elements.make());
            return true;
        }
        Map<String, JsonNode> sets = sets();
        refuseOtherPrefix(settings, sets);
        if (!hasChain(version(settings))) {
            HostCommand.nft(
                    "replace the rules of guests (nft table " + Elements.TABLE + ")",
                    "delete table " + Elements.TABLE + "\n" + text + elements(text, sets));
        }
        return false;
    }

    /** Removes the table and with it all rules of guests. */
    static void delete() throws NetworkException {
        if (!tables().isEmpty()) {
            HostCommand.nft("remove the rules of guests", "delete table " + Elements.TABLE + "\n");
        }
    }

    /** Numbers of the slots that rules know. */
    static Set<Integer> slots() throws NetworkException {
        Set<Integer> slots = new TreeSet<>();
        if (!tables().isEmpty()) {
            for (String key : Elements.keys(set("taps"))) {
                slots.add(Integer.parseInt(key.substring(Slot.TAP.length())));
            }
        }
        return slots;
    }

    /** What guests' allow-lists let through now: elements of {@code networks} or {@code names}, by guest's address. */
    static Map<String, List<String>> granted(String set) throws NetworkException {
        Map<String, List<String>> granted = new HashMap<>();
        for (String key : Elements.keys(set(set))) {
            String[] parts = key.split(" \\. ", 2);
            granted.computeIfAbsent(parts[0], _ -> new ArrayList<>()).add(parts[1]);
        }
        return granted;
    }

    private static JsonNode set(String name) throws NetworkException {
        JsonNode listed = HostCommand.nftJson("list set " + name, "list", "set", "inet", "execlaw", name);
        for (JsonNode item : listed) {
            if (item.has("set")) {
                return item.path("set");
            }
        }
        throw new NetworkException("nft lists no set " + name + " in table " + Elements.TABLE
                + "; remove the table (nft delete table " + Elements.TABLE + ") and restart");
    }

    private static List<JsonNode> tables() throws NetworkException {
        List<JsonNode> ours = new ArrayList<>();
        for (JsonNode item : HostCommand.nftJson("list the host's rules", "list", "tables", "inet")) {
            if (item.path("table").path("name").asString("").equals("execlaw")) {
                ours.add(item);
            }
        }
        return ours;
    }

    private static Map<String, JsonNode> sets() throws NetworkException {
        Map<String, JsonNode> sets = new HashMap<>();
        for (JsonNode item : HostCommand.nftJson("list the rules of guests", "list", "table", "inet", "execlaw")) {
            if (item.has("set")) {
                sets.put(item.path("set").path("name").asString(), item.path("set"));
            }
        }
        return sets;
    }

    private static boolean hasChain(String name) throws NetworkException {
        for (JsonNode item : HostCommand.nftJson("list the chains of guests", "list", "chains", "inet")) {
            JsonNode chain = item.path("chain");
            if (chain.path("table").asString("").equals("execlaw")
                    && chain.path("name").asString("").equals(name)) {
                return true;
            }
        }
        return false;
    }

    private static void refuseOtherPrefix(TapSettings settings, Map<String, JsonNode> sets) throws NetworkException {
        String start = settings.prefix().first() + "." + settings.prefix().second() + ".";
        JsonNode guests = sets.get("guest_addresses");
        for (String address : guests == null ? List.<String>of() : Elements.keys(guests)) {
            if (!address.startsWith(start)) {
                throw new NetworkException("guest " + address + " is still attached, outside of " + settings.prefix()
                        + "; set network.prefix back, stop all machines, then change it");
            }
        }
    }

    private static String elements(String text, Map<String, JsonNode> sets) {
        StringBuilder statements = new StringBuilder();
        sets.forEach((name, set) -> {
            if (!name.equals(CONSTANT) && text.contains("set " + name + " {")) {
                set.path("elem").forEach(element -> statements.append(Elements.add(name, Elements.text(element))));
            }
        });
        return statements.toString();
    }

    private static String version(TapSettings settings) {
        CRC32 checksum = new CRC32();
        String made = resource() + PrivateRanges.elements(settings.prefix()) + "," + settings.gatewayPort() + ","
                + settings.resolverPort();
        checksum.update(made.getBytes(UTF_8));
        return VERSION + Long.toHexString(checksum.getValue());
    }

    private static String text(TapSettings settings) {
        return resource()
                .replace("@PRIVATE@", PrivateRanges.elements(settings.prefix()))
                .replace("@GATEWAY@", Integer.toString(settings.gatewayPort()))
                .replace("@RESOLVER@", Integer.toString(settings.resolverPort()))
                .replace("@VERSION@", version(settings));
    }

    private static String resource() {
        try (InputStream stream = RuleTable.class.getResourceAsStream("table.nft")) {
            if (stream == null) {
                throw new IllegalStateException("table.nft is not in the jar");
            }
            return new String(stream.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes statements. */
    @FunctionalInterface
    interface Statements {
        String make() throws NetworkException;
    }
}
