package dev.execlaw.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The configuration written out, each key with its meaning, its default and its current value. */
public final class ConfigText {

    private static final String INTRODUCTION = """
            # Configuration

            One TOML file, given with `execlaw up --config FILE`; without it the defaults below hold. `execlaw config show` prints
            every key with its meaning, its default and its current value, and what it prints is itself a valid file.

            What the command line says wins over the environment, that over the file, that over the default. The variable of key
            `listen` in `[server]` is `EXECLAW_SERVER_LISTEN`, and so for all keys but those of providers and agents. The elements of a list
            are separated by commas there. `EXECLAW_TOKEN` sets the token of the API; without it one is made at the first start and
            kept in the data directory (0600).

            An unknown key or a value that is not allowed ends the start with one line that names the key, the line and what is
            allowed: nothing is ignored in silence.

            `[provider.demo]`, `[provider.openrouter]`, `[provider.openai]` and `[provider.anthropic]` exist without being written; a
            file may change each of their keys and add providers of its own:

            ```toml
            [provider.local]
            base_url = "http://127.0.0.1:11434/v1"
            models = ["qwen3"]
            needs_key = false
            ```
            """;

    private ConfigText() {}

    /** A valid TOML file that gives exactly {@code config} when it is read again. */
    public static String toml(Config config) {
        StringBuilder text = new StringBuilder();
        sections(config).forEach((name, section) -> {
            text.append(text.isEmpty() ? "" : "\n").append('[').append(name).append("]\n");
            List<ConfigKey> keys = ConfigKey.of(keysOf(name));
            for (int i = 0; i < keys.size(); i++) {
                ConfigKey key = keys.get(i);
                text.append("# ").append(key.meaning()).append("\n# default: ");
                text.append(defaultToml(key)).append('\n');
                text.append(key.name()).append(" = ");
                text.append(Values.toToml(value(section, i))).append('\n');
            }
        });
        return text.toString();
    }

    /** The same as a JSON array of {@code {key, value, default, meaning, environment}}. */
    public static String json(Config config) {
        List<Map<String, Object>> rows = new ArrayList<>();
        sections(config).forEach((name, section) -> {
            boolean named = !keysOf(name).equals(name);
            List<ConfigKey> keys = ConfigKey.of(keysOf(name));
            for (int i = 0; i < keys.size(); i++) {
                ConfigKey key = keys.get(i);
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("key", name + "." + key.name());
                row.put("value", plain(value(section, i)));
                row.put("default", plain(Values.fromText(key.name(), key.byDefault(), key.type())));
                row.put("meaning", key.meaning());
                if (!named) {
                    row.put("environment", key.environmentVariable());
                }
                rows.add(row);
            }
        });
        return JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValueAsString(rows);
    }

    /** The page {@code docs/configuration.md}. */
    public static String markdown() {
        StringBuilder text = new StringBuilder(INTRODUCTION);
        for (String section : ConfigKey.SECTIONS.keySet()) {
            boolean named = ConfigKey.NAMED.contains(section);
            text.append("\n## `[").append(named ? section + ".NAME" : section).append("]`\n\n");
            text.append("| key | default | meaning |\n|---|---|---|\n");
            for (ConfigKey key : ConfigKey.of(section)) {
                text.append("| `").append(key.name()).append("` | `");
                text.append(defaultToml(key))
                        .append("` | ")
                        .append(key.meaning())
                        .append(" |\n");
            }
        }
        return text.toString();
    }

    /** The section whose keys these are: {@code provider} for {@code provider.demo}. */
    private static String keysOf(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    private static String defaultToml(ConfigKey key) {
        return Values.toToml(Values.fromText(key.name(), key.byDefault(), key.type()));
    }

    private static Object plain(Object value) {
        return value instanceof List || value instanceof Integer || value instanceof Boolean
                ? value
                : value instanceof Enum<?> ? value.toString().toLowerCase(java.util.Locale.ROOT) : value.toString();
    }

    private static Map<String, Record> sections(Config config) {
        Map<String, Record> sections = new LinkedHashMap<>();
        RecordComponent[] components = Config.class.getRecordComponents();
        for (int i = 0; i < components.length; i++) {
            if (components[i].getName().equals("agent")) {
                config.agent().forEach((id, agent) -> sections.put("agent." + id, agent));
            } else if (components[i].getName().equals("provider")) {
                config.provider().forEach((id, provider) -> sections.put("provider." + id, provider));
            } else {
                sections.put(components[i].getName(), (Record) value(config, i));
            }
        }
        return sections;
    }

    private static Object value(Record record, int index) {
        try {
            return record.getClass().getRecordComponents()[index].getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(record.getClass() + " cannot be read", e);
        }
    }
}
