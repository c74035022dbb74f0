package dev.execlaw.agent;

import dev.execlaw.microvm.image.Image;
import java.util.List;
import java.util.Optional;

/** The agents of this server. */
public final class Agents {

    /** Name of the default agent. */
    public static final String DEFAULT = "nullclaw";

    private static final String REFERENCE = "reference";

    private Agents() {}

    /** Names, the default first. */
    public static List<String> names() {
        return List.of(DEFAULT, REFERENCE);
    }

    /**
     * The adapter of an agent in an image.
     *
     * @param inside what the image's {@code nullclaw} really is: it may be the reference agent under that name
     */
    public static Optional<AgentAdapter> find(String name, Image.Agent inside) {
        return switch (name) {
            case DEFAULT -> {
                boolean ours = inside.kind().equals(REFERENCE);
                yield Optional.of(new ReplAgent(DEFAULT, DEFAULT, ours));
            }
            case REFERENCE -> Optional.of(new ReplAgent(REFERENCE, "execlaw-agent", true));
            default -> Optional.empty();
        };
    }
}
