package dev.execlaw.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * One key of the configuration, as its record component documents it.
 *
 * @param section {@code server}, or {@code provider} for a key of every {@code [provider.NAME]}, and {@code agent} likewise
 * @param name key in the TOML file, snake case
 * @param type Java type of its value
 * @param byDefault default as text
 * @param meaning one line for people
 */
public record ConfigKey(String section, String name, Class<?> type, String byDefault, String meaning) {

    /** Sections in the order in which they are shown, {@code provider} among them. */
    static final Map<String, Class<? extends Record>> SECTIONS = sections();

    /** Sections that there may be several of, {@code [SECTION.NAME]}. */
    static final Set<String> NAMED = Set.of("provider", "agent");

    private static Map<String, Class<? extends Record>> sections() {
        Map<String, Class<? extends Record>> sections = new LinkedHashMap<>();
        for (RecordComponent component : Config.class.getRecordComponents()) {
            Class<?> type = switch (component.getName()) {
                case "provider" -> ProviderConfig.class;
                case "agent" -> AgentConfig.class;
                default -> component.getType();
            };
            sections.put(component.getName(), type.asSubclass(Record.class));
        }
        return sections;
    }

    /** All keys, in order. */
    public static List<ConfigKey> all() {
        List<ConfigKey> keys = new ArrayList<>();
        SECTIONS.forEach((section, _) -> keys.addAll(of(section)));
        return keys;
    }

    /** The keys of one section, in order. */
    static List<ConfigKey> of(String section) {
        List<ConfigKey> keys = new ArrayList<>();
        for (RecordComponent component :
                Objects.requireNonNull(SECTIONS.get(section), section).getRecordComponents()) {
            Setting setting = Objects.requireNonNull(component.getAnnotation(Setting.class), component.toString());
            keys.add(new ConfigKey(
                    section,
                    snakeCase(component.getName()),
                    component.getType(),
                    setting.byDefault(),
                    setting.meaning()));
        }
        return keys;
    }

    /** Environment variable that overrides this key, e.g. {@code EXECLAW_SERVER_LISTEN}. */
    public String environmentVariable() {
        return ("EXECLAW_" + section + "_" + name).toUpperCase(Locale.ROOT);
    }

    private static String snakeCase(String component) {
        return component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
