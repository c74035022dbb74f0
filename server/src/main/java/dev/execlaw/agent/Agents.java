package dev.execlaw.agent;

import dev.execlaw.microvm.image.Image;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The agents of this server: those that it knows, and those that its configuration adds. Any thread may use it. */
public final class Agents {

    /** Name of the default agent. */
    public static final String DEFAULT = "nullclaw";

    private static final String REFERENCE = "reference";

    /** Those that need no configuration. */
    public static final Agents BUILT_IN = new Agents(Map.of());

    private final Map<String, AgentAdapter> configured;
    private final String asking;

    private Agents(Map<String, AgentAdapter> configured) {
        this(configured, A2aAgent.CURL);
    }

    private Agents(Map<String, AgentAdapter> configured, String asking) {
        this.configured = configured;
        this.asking = asking;
    }

    /** With agents that are spoken to by ACP: their commands by their names. */
    public static Agents with(Map<String, String> acp) {
        return with(acp, AcpAgent.RELAY);
    }

    /** With another program that attaches to them, for tests. */
    public static Agents with(Map<String, String> acp, String relay) {
        Map<String, AgentAdapter> configured = new LinkedHashMap<>();
        acp.forEach((name, command) -> configured.put(name, new AcpAgent(name, command, relay)));
        return new Agents(configured);
    }

    /** With nullclaw's A2A endpoint asked by another command, for tests. */
    public Agents asking(String command) {
        return new Agents(configured, command);
    }

    /** Names, the default first. */
    public List<String> names() {
        List<String> names = new ArrayList<>(List.of(DEFAULT, REFERENCE));
        configured.keySet().stream().filter(name -> !names.contains(name)).forEach(names::add);
        return List.copyOf(names);
    }

    /**
     * The adapter of an agent in an image.
     *
     * @param inside what the image's {@code nullclaw} really is: it may be the reference agent under that name
     */
    public Optional<AgentAdapter> find(String name, Image.Agent inside) {
        return switch (name) {
            case DEFAULT -> {
                boolean ours = inside.kind().equals(REFERENCE);
                yield Optional.of(new ReplAgent(DEFAULT, DEFAULT, ours));
            }
            case REFERENCE -> Optional.of(new ReplAgent(REFERENCE, "execlaw-agent", true));
            default -> Optional.ofNullable(configured.get(name));
        };
    }

    /**
     * The same, where it takes its messages in that way.
     *
     * @return empty where it does not
     */
    public Optional<AgentAdapter> find(String name, Image.Agent inside, AgentChannel channel) {
        return switch (channel) {
            case CONSOLE -> find(name, inside);
            case A2A ->
                name.equals(DEFAULT) && !inside.kind().equals(REFERENCE)
                        ? Optional.of(new A2aAgent(new ReplAgent(DEFAULT, DEFAULT, false), asking))
                        : Optional.empty();
        };
    }

    /** The first version of nullclaw whose A2A endpoint can be used. */
    public static String a2aSince() {
        return A2aAgent.SINCE;
    }
}
