package dev.execlaw.config;

import dev.execlaw.problem.Nearest;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * Makes a {@link Config}: the file's value of each key, under the environment's ({@code EXECLAW_SECTION_KEY}), under
 * the command line's. What is left unsaid is the default. Used by one thread.
 */
public final class ConfigLoader {

    /** Providers that exist without a line of configuration; a file may change each of their keys. */
    static final Map<String, Map<String, String>> BUILT_IN_PROVIDERS = builtInProviders();

    private final String toml;
    private final String origin;
    private final Map<String, String> overrides = new LinkedHashMap<>();

    private ConfigLoader(String toml, String origin) {
        this.toml = toml;
        this.origin = origin;
    }

    /** Begins with no file: defaults only. */
    public static ConfigLoader withoutFile() {
        return new ConfigLoader("", "the configuration");
    }

    /** Begins with a file. */
    public static ConfigLoader file(Path file) {
        try {
            return new ConfigLoader(Files.readString(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new ConfigException("there is no config file " + file, "check the path given with --config", e);
        } catch (IOException e) {
            throw new ConfigException(
                    "config file " + file + " cannot be read: " + e.getMessage(), "make it a readable UTF-8 file", e);
        }
    }

    /** Takes overrides from environment variables; those that name no key are left alone. */
    public ConfigLoader environment(Map<String, String> environment) {
        for (ConfigKey key : ConfigKey.all()) {
            String value = environment.get(key.environmentVariable());
            if (value != null && !ConfigKey.NAMED.contains(key.section())) {
                override(key.section() + "." + key.name(), value);
            }
        }
        return this;
    }

    /** Overrides one key, e.g. {@code server.listen}; null leaves it as it is. */
    public ConfigLoader override(String path, @Nullable String value) {
        if (value != null) {
            overrides.put(path, value);
        }
        return this;
    }

    /**
     * The configuration.
     *
     * @throws ConfigException naming the key, its value and what is allowed
     */
    public Config load() {
        JsonNode tree = parse();
        refuseUnknown(tree, "", ConfigKey.SECTIONS.keySet());
        try {
            Map<String, Record> sections = new LinkedHashMap<>();
            ConfigKey.SECTIONS.forEach((name, type) -> {
                if (!ConfigKey.NAMED.contains(name)) {
                    sections.put(name, section(type, name, name, table(tree, name), Map.of()));
                }
            });
            Map<String, ProviderConfig> providers = new LinkedHashMap<>();
            BUILT_IN_PROVIDERS.keySet().forEach(id -> providers.put(id, provider(tree, id)));
            table(tree, "provider").propertyNames().forEach(id -> providers.put(id, provider(tree, id)));
            Map<String, AgentConfig> agents = new LinkedHashMap<>();
            table(tree, "agent").propertyNames().forEach(id -> agents.put(id, agent(tree, id)));
            return (Config) make(
                    Config.class,
                    Arrays.stream(Config.class.getRecordComponents())
                            .map(c -> switch (c.getName()) {
                                case "provider" -> providers;
                                case "agent" -> agents;
                                default -> Objects.requireNonNull(sections.get(c.getName()));
                            })
                            .toArray());
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    Objects.requireNonNullElse(e.getMessage(), "a value is not allowed"),
                    "change it in " + origin + "; `execlaw config show` explains every key",
                    e);
        }
    }

    private JsonNode parse() {
        try {
            JsonNode tree = new TomlMapper().readTree(toml);
            return tree.isMissingNode() || tree.isNull() ? JsonNodeFactory.instance.objectNode() : tree;
        } catch (JacksonException e) {
            throw new ConfigException(
                    origin + " is not valid TOML, line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ": " + e.getOriginalMessage(),
                    "mend that line",
                    e);
        }
    }

    private ProviderConfig provider(JsonNode tree, String id) {
        if (!id.matches("[a-z0-9][a-z0-9-]{0,31}")) {
            throw new ConfigException(
                    "provider name \"" + id + "\" is not of the form [a-z0-9][a-z0-9-]{0,31}",
                    "rename [provider." + id + "] in " + origin);
        }
        Map<String, String> builtIn = BUILT_IN_PROVIDERS.getOrDefault(id, Map.of("name", id));
        ProviderConfig made = (ProviderConfig) section(
                ProviderConfig.class, "provider", "provider." + id, table(table(tree, "provider"), id), builtIn);
        Check.that(
                made.kind() == ProviderConfig.Kind.DEMO || !made.baseUrl().isEmpty(),
                "provider." + id + ".base_url",
                "",
                "the URL of its API, e.g. http://127.0.0.1:11434/v1");
        return made;
    }

    private AgentConfig agent(JsonNode tree, String id) {
        if (!id.matches("[a-z0-9][a-z0-9-]{0,31}") || id.equals("nullclaw") || id.equals("reference")) {
            throw new ConfigException(
                    "agent name \"" + id + "\" is not of the form [a-z0-9][a-z0-9-]{0,31}, or one that exists already",
                    "rename [agent." + id + "] in " + origin);
        }
        AgentConfig made = (AgentConfig)
                section(AgentConfig.class, "agent", "agent." + id, table(table(tree, "agent"), id), Map.of());
        Check.that(!made.command().isBlank(), "agent." + id + ".command", "", "the command that starts the agent");
        return made;
    }

    private Record section(
            Class<? extends Record> type, String section, String path, JsonNode table, Map<String, String> builtIn) {
        Collection<ConfigKey> keys = ConfigKey.of(section);
        refuseUnknown(table, path, keys.stream().map(ConfigKey::name).toList());
        return make(
                type,
                keys.stream()
                        .map(key -> value(key, path + "." + key.name(), table, builtIn))
                        .toArray());
    }

    private Object value(ConfigKey key, String path, JsonNode table, Map<String, String> builtIn) {
        String override = overrides.get(path);
        if (override != null) {
            return Values.fromText(path, override, key.type());
        }
        JsonNode node = table.get(key.name());
        if (node != null) {
            return Values.fromToml(path, node, key.type());
        }
        return Values.fromText(path, builtIn.getOrDefault(key.name(), key.byDefault()), key.type());
    }

    private JsonNode table(JsonNode parent, String name) {
        JsonNode table = parent.get(name);
        if (table == null) {
            return JsonNodeFactory.instance.objectNode();
        }
        Check.that(table.isObject(), name, table, "a section: [" + name + "]");
        return table;
    }

    private void refuseUnknown(JsonNode table, String path, Collection<String> known) {
        for (String name : table.propertyNames()) {
            if (!known.contains(name)) {
                String full = path.isEmpty() ? name : path + "." + name;
                var line = TomlLines.find(toml, full);
                String where = line.isPresent() ? ", line " + line.getAsInt() : "";
                throw new ConfigException(
                        "unknown key \"" + full + "\" in " + origin + where,
                        Nearest.to(name, known)
                                .map(near -> "did you mean \"" + near + "\"?")
                                .orElse("known here are " + String.join(", ", known)));
            }
        }
    }

    private static Record make(Class<? extends Record> type, Object[] values) {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException refused) {
                throw refused;
            }
            throw new IllegalStateException(type + " could not be made", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " could not be made", e);
        }
    }

    private static Map<String, Map<String, String>> builtInProviders() {
        Map<String, Map<String, String>> providers = new LinkedHashMap<>();
        providers.put(
                "demo",
                Map.of("name", "Demo (built in, no key)", "kind", "demo", "models", "demo", "needs_key", "false"));
        providers.put(
                "openrouter",
                Map.of(
                        "name", "OpenRouter",
                        "kind", "openrouter",
                        "base_url", "https://openrouter.ai/api/v1",
                        "key_env", "OPENROUTER_API_KEY"));
        providers.put(
                "openai",
                Map.of("name", "OpenAI", "base_url", "https://api.openai.com/v1", "key_env", "OPENAI_API_KEY"));
        providers.put(
                "anthropic",
                Map.of(
                        "name", "Anthropic",
                        "kind", "anthropic",
                        "base_url", "https://api.anthropic.com/v1",
                        "key_env", "ANTHROPIC_API_KEY"));
        return providers;
    }
}
