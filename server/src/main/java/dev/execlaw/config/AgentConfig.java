package dev.execlaw.config;

/** Section {@code [agent.NAME]}: one more agent, which sessions name so. */
public record AgentConfig(
        @Setting(meaning = "How it is spoken to: acp, the Agent Client Protocol, over SSH.", byDefault = "acp")
        Kind kind,

        @Setting(
                meaning = "What a shell in the machine runs to start it. It finds OPENAI_BASE_URL, OPENAI_API_KEY and"
                        + " OPENAI_MODEL in its environment, which lead to the session's model.",
                byDefault = "")
        String command) {

    private static final int LONGEST = 4000;

    public AgentConfig {
        Check.that(
                command.length() <= LONGEST && command.chars().noneMatch(c -> c == '\n' || c == 0),
                "command of an agent",
                command,
                "one line of at most " + LONGEST + " characters");
    }

    /** How an agent is spoken to. */
    public enum Kind {
        ACP
    }
}
