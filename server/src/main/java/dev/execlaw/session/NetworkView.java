package dev.execlaw.session;

import dev.execlaw.host.HostNetwork;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.network.Traffic;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session's network as users see it.
 *
 * @param mode {@code tap} or {@code user}
 * @param guest the guest's address; null before the session's first start
 * @param gateway where the guest finds its model; null before the session's first start
 * @param policy what was asked for: {@code internet}, {@code allowlist} or {@code none}
 * @param allow entries of the allow-list
 * @param effective what holds: in user mode always {@code none}
 * @param isolation the same in one sentence
 * @param traffic what went through; null where it is not counted, or not shown
 */
public record NetworkView(
        String mode,
        @Nullable String guest,
        @Nullable String gateway,
        String policy,
        List<String> allow,
        String effective,
        String isolation,
        @Nullable Traffic traffic) {

    private static final String MACHINE = "its own virtual machine; its network reaches ";

    public NetworkView {
        allow = List.copyOf(allow);
    }

    /** What holds in this mode with this policy. */
    public static NetworkView of(HostNetwork.Mode mode, @Nullable Slot slot, NetworkPolicy policy) {
        String effective = mode == HostNetwork.Mode.USER ? "none" : policy.policy();
        return new NetworkView(
                mode.json(),
                slot == null ? null : slot.guest(),
                slot == null ? null : slot.gateway(),
                policy.policy(),
                policy.allow(),
                effective,
                MACHINE + reach(effective, policy.allow().size()),
                null);
    }

    private static String reach(String effective, int entries) {
        return switch (effective) {
            case "internet" ->
                "the model gateway and the internet, but not this host, other machines or private networks";
            case "allowlist" ->
                "the model gateway and "
                        + (entries == 1 ? "the one listed destination" : entries + " listed destinations")
                        + ", and nothing else";
            default -> "the model gateway and nothing else";
        };
    }

    /** The same with counters. */
    public NetworkView with(Traffic counted) {
        return new NetworkView(mode, guest, gateway, policy, allow, effective, isolation, counted);
    }
}
