package dev.execlaw.config;

import dev.execlaw.agent.AgentChannel;

/** Section {@code [session]}: what a new session is when its creator does not say. */
public record SessionConfig(
        @Setting(meaning = "Provider of a new session: the NAME of a [provider.NAME].", byDefault = "demo")
        String provider,

        @Setting(meaning = "Model of a new session. Empty: the provider's first.", byDefault = "")
        String model,

        @Setting(
                meaning = "Agent of a new session: nullclaw, reference, or the NAME of an [agent.NAME].",
                byDefault = "nullclaw")
        String agent,

        @Setting(
                meaning = "How messages get to the nullclaw of a new session: console, or a2a, its A2A endpoint within"
                        + " the machine, from nullclaw 2026.5.4 on. Other agents have a way of their own.",
                byDefault = "console")
        AgentChannel agentChannel,

        @Setting(meaning = "Virtual CPUs of a new machine, 1 to 8.", byDefault = "2")
        int vcpus,

        @Setting(meaning = "Memory of a new machine in MiB, 256 to 16384.", byDefault = "1024")
        int memoryMib,

        @Setting(
                meaning =
                        "Minutes without work until a session is put to sleep on disk, from where its next message wakes it:"
                                + " 5 to 10080, or 0: never. Work is a model call, a tool, an open shell or connection, or a guest"
                                + " that computes.",
                byDefault = "30")
        int idleTimeoutMin,

        @Setting(
                meaning =
                        "Seconds without work until the processors of a session's machine are stopped: 1 to 3600, or 0:"
                                + " never. Its memory stays, and any input lets it go on within milliseconds. What the"
                                + " guest does by itself from time to time stands still meanwhile.",
                byDefault = "10")
        int dozeAfterS,

        @Setting(
                meaning =
                        "Whether a machine is saved at the end of every turn, so that it can go back there. What is saved"
                                + " by hand, for a pause or for a fork, is so in any case.",
                byDefault = "true")
        boolean checkpoints,

        @Setting(
                meaning =
                        "Percent of one processor above which a machine works although nobody talks to it. An idle one takes"
                                + " less than 1.",
                byDefault = "3")
        int idleCpuPercent,

        @Setting(
                meaning = "What a clean end of the daemon does with running machines: stop ends them, keep leaves them"
                        + " running for the next start to take over.",
                byDefault = "stop")
        OnShutdown onShutdown,

        @Setting(
                meaning =
                        "Whether a session may ask for keyMode \"direct\", which puts its provider's key into its machine,"
                                + " where all that runs there can read it.",
                byDefault = "true")
        boolean keyModeDirectAllowed) {

    public SessionConfig {
        Check.that(!provider.isBlank(), "session.provider", provider, "the name of a provider");
        Check.that(!agent.isBlank(), "session.agent", agent, "the name of an agent");
        Check.range("session.vcpus", vcpus, 1, 8);
        Check.range("session.memory_mib", memoryMib, 256, 16_384);
        Check.that(
                idleTimeoutMin == 0 || (idleTimeoutMin >= 5 && idleTimeoutMin <= 10_080),
                "session.idle_timeout_min",
                idleTimeoutMin,
                "0, or 5 to 10080");
        Check.range("session.doze_after_s", dozeAfterS, 0, 3_600);
        Check.range("session.idle_cpu_percent", idleCpuPercent, 1, 100);
    }

    /** What becomes of running machines when the daemon ends cleanly. */
    public enum OnShutdown {
        STOP,
        KEEP
    }
}
