package dev.execlaw.session;

import dev.execlaw.agent.AgentChannel;
import dev.execlaw.agent.Agents;

/**
 * What a session gets when its request does not say.
 *
 * @param provider for display; the request must name one
 * @param idleTimeoutMin minutes without work until a session sleeps; 0 for never
 * @param directKeys whether machines may be given providers' keys
 * @param agentChannel of agents that can be given their messages so; others get them by their console
 * @param model for display; a session without a model gets its provider's first
 */
public record SessionDefaults(
        String provider,
        String model,
        String agent,
        int vcpus,
        int memoryMiB,
        int idleTimeoutMin,
        NetworkPolicy network,
        SessionPolicy policy,
        boolean directKeys,
        AgentChannel agentChannel) {

    /** Two vCPUs, 1 GiB, nullclaw with the built-in model. */
    public static final SessionDefaults DEFAULT =
            new SessionDefaults("demo", "demo", Agents.DEFAULT, 2, 1024, 0, NetworkPolicy.INTERNET);

    /** With neither budgets nor caps; keys may be in machines. */
    public SessionDefaults(
            String provider,
            String model,
            String agent,
            int vcpus,
            int memoryMiB,
            int idleTimeoutMin,
            NetworkPolicy network) {
        this(
                provider,
                model,
                agent,
                vcpus,
                memoryMiB,
                idleTimeoutMin,
                network,
                SessionPolicy.NONE,
                true,
                AgentChannel.CONSOLE);
    }

    public SessionDefaults {
        Draft.VCPUS.check("vcpus", vcpus);
        Draft.MEMORY_MIB.check("memoryMiB", memoryMiB);
        network = network.checked();
        policy = policy.checked();
    }
}
