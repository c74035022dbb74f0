package dev.execlaw.session;

import dev.execlaw.microvm.network.Destination;
import dev.execlaw.microvm.network.EgressPolicy;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a session's guest may reach beside its gateway, as users say it.
 *
 * @param policy {@code internet}, {@code allowlist} or {@code none}
 * @param allow names, names with {@code *.} before them, and networks; only with {@code allowlist}
 */
public record NetworkPolicy(String policy, @Nullable List<String> allow) {

    /** Everything but private networks. */
    public static final NetworkPolicy INTERNET = new NetworkPolicy("internet", List.of());

    /** The gateway alone. */
    public static final NetworkPolicy NONE = new NetworkPolicy("none", List.of());

    static final int MOST_ENTRIES = 256;

    @Override
    public List<String> allow() {
        return allow == null ? List.of() : List.copyOf(allow);
    }

    /** The same, with every entry in its plain form. A wrong one is a {@link ProblemException} that names it. */
    NetworkPolicy checked() {
        EgressPolicy egress = egress();
        return egress instanceof EgressPolicy.Allowlist(List<Destination> destinations)
                ? new NetworkPolicy(
                        policy,
                        destinations.stream()
                                .map(Destination::toString)
                                .distinct()
                                .toList())
                : new NetworkPolicy(policy, List.of());
    }

    EgressPolicy egress() {
        // A body without the field arrives as null whatever the type says.
        return switch (Objects.requireNonNullElse(policy, "")) {
            case "internet" -> without(new EgressPolicy.Internet());
            case "none" -> without(new EgressPolicy.None());
            case "allowlist" -> new EgressPolicy.Allowlist(destinations());
            default -> throw refused("policy is \"" + policy + "\"", "send one of: internet, allowlist, none");
        };
    }

    private EgressPolicy without(EgressPolicy egress) {
        if (!allow().isEmpty()) {
            throw refused(
                    "allow has " + allow().size() + " entries, but policy is \"" + policy + "\"",
                    "send policy \"allowlist\", or no entries");
        }
        return egress;
    }

    private List<Destination> destinations() {
        if (allow().size() > MOST_ENTRIES) {
            throw refused(
                    "allow has " + allow().size() + " entries, allowed are " + MOST_ENTRIES, "send fewer, wider ones");
        }
        List<Destination> destinations = new ArrayList<>();
        for (String entry : allow()) {
            try {
                destinations.add(Destination.parse(Objects.requireNonNullElse(entry, "")));
            } catch (IllegalArgumentException e) {
                throw refused(
                        "allow: the entry \"" + entry + "\" is not taken: " + e.getMessage(),
                        "mend or remove the entry \"" + entry + "\"");
            }
        }
        return destinations;
    }

    private static ProblemException refused(String detail, String next) {
        return new ProblemException(ErrorCode.INVALID_REQUEST, detail, next);
    }
}
