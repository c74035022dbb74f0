package dev.execlaw.web.stub;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A session's place in the network: its policy and its counters. Guarded by its session. */
final class StubNetwork {

    private static final Pattern ENTRY =
            Pattern.compile("(\\*\\.)?([a-z0-9-]+\\.)+[a-z]+|\\d+\\.\\d+\\.\\d+\\.\\d+(/([12]?\\d|3[0-2]))?");

    private static final String[] COUNTERS = {
        "sentBytes", "sentPackets", "receivedBytes", "receivedPackets", "droppedPackets", "droppedBytes"
    };

    private final boolean user;
    private final Map<String, Long> traffic = new LinkedHashMap<>();
    private String policy = "internet";
    private List<String> allow = List.of();

    StubNetwork(boolean user) {
        this.user = user;
        for (String counter : COUNTERS) {
            traffic.put(counter, 0L);
        }
    }

    Map<String, Object> json() {
        var json = new LinkedHashMap<String, Object>();
        json.put("mode", user ? "user" : "tap");
        json.put("guest", "10.200.0.2");
        json.put("gateway", "10.200.0.1");
        json.put("policy", policy);
        json.put("allow", allow);
        json.put("effective", user ? "none" : policy);
        json.put(
                "isolation",
                user
                        ? "The machine has no network; the VMM hands on what it asks of its gateway."
                        : "A network card of its own; other machines, this host and private networks are out of reach.");
        return json;
    }

    Map<String, Object> withTraffic(boolean machine) {
        var json = json();
        json.put("traffic", machine && !user ? Map.copyOf(traffic) : null);
        return json;
    }

    Map<String, Object> policy() {
        return Map.of("policy", policy, "allow", allow);
    }

    /** What is wrong with the wanted policy, as a status and a text; null when it holds now. */
    @Nullable
    Refusal change(Map<?, ?> wanted) {
        String kind = String.valueOf(wanted.get("policy"));
        List<String> list = wanted.get("allow") instanceof List<?> given
                ? given.stream().map(String::valueOf).toList()
                : List.of();
        if (user) {
            return new Refusal(409, "STATE_CONFLICT", "In user mode a machine reaches its gateway only.");
        }
        for (String entry : list) {
            if (!ENTRY.matcher(entry).matches()) {
                String detail = "\"" + entry + "\" is neither a host's name (like example.org or *.example.org)"
                        + " nor a network (like 192.0.2.0/24).";
                return new Refusal(400, "INVALID_REQUEST", detail);
            }
        }
        policy = kind;
        allow = list;
        return null;
    }

    record Refusal(int status, String code, String detail) {}

    void count(String counter, long more) {
        if (traffic.computeIfPresent(counter, (name, so) -> so + more) == null) {
            throw new IllegalArgumentException("no counter " + counter);
        }
    }
}
