package dev.execlaw.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a session's machine may reach, as it is said on the command line. The server judges it. */
final class NetworkOptions {

    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            description = "What its machine reaches: internet, allowlist or none.")
    private @Nullable String policy;

    @Option(
            names = "--allow",
            paramLabel = "ENTRY",
            description = "A name (example.org, *.example.org) or network (192.0.2.0/24) that its machine may reach;"
                    + " may be repeated. Alone it means --policy allowlist.")
    private final List<String> allow = new ArrayList<>();

    /** The policy as the API takes it; empty when nothing was said. */
    Optional<Map<String, Object>> body() {
        if (policy == null && allow.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Map.of("policy", policy == null ? "allowlist" : policy, "allow", List.copyOf(allow)));
    }
}
