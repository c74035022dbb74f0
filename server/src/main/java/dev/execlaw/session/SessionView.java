package dev.execlaw.session;

import dev.execlaw.agent.AgentChannel;
import dev.execlaw.problem.Problem;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A session as users see it: JSON of {@code GET /sessions/{id}} and of {@code session} events.
 *
 * @param agentVersion as the agent itself tells it; null until a machine of this image has, or where it tells none
 * @param driver {@code qemu} or {@code firecracker}
 * @param isolation in words: what the guest can reach
 * @param network the same in detail, without counters
 * @param boot finished steps of the latest start, in order
 * @param queue messages that wait for the running turn to end
 * @param error why the state is {@code failed}, or the reason of the last stop; null where all is well
 * @param origin where the session was forked from; null for one that began by itself
 * @param undone ranges of the log that rewinds have undone
 * @param keyMode where the provider's key is
 * @param agentChannel how messages get to the agent
 * @param policy budgets and caps
 * @param usage all that it spent
 * @param turnUsage what the running turn has spent, or the last one of this server's time
 */
public record SessionView(
        String id,
        String name,
        MachineStatus state,
        AgentStatus agentState,
        String provider,
        String model,
        String agent,
        @Nullable String agentVersion,
        String driver,
        String isolation,
        int vcpus,
        int memoryMiB,
        NetworkView network,
        Instant createdAt,
        Instant lastActivityAt,
        List<Step> boot,
        List<Queued> queue,
        @Nullable Problem error,
        @Nullable ForkPoint origin,
        List<Range> undone,
        SessionPolicy policy,
        SpendView usage,
        SpendView turnUsage,
        KeyMode keyMode,
        AgentChannel agentChannel) {

    public SessionView {
        // Views in the log of older builds have none of these.
        policy = Objects.requireNonNullElse(policy, SessionPolicy.NONE);
        usage = Objects.requireNonNullElse(usage, SpendView.NOTHING);
        turnUsage = Objects.requireNonNullElse(turnUsage, SpendView.NOTHING);
        keyMode = Objects.requireNonNullElse(keyMode, KeyMode.GATEWAY);
        agentChannel = Objects.requireNonNullElse(agentChannel, AgentChannel.CONSOLE);
        boot = List.copyOf(boot);
        queue = List.copyOf(queue);
        undone = List.copyOf(undone);
    }

    /** One finished step of a start. */
    public record Step(String step, long ms, String detail) {}

    /** A waiting message; {@code text} whole. */
    public record Queued(String id, String text) {}
}
