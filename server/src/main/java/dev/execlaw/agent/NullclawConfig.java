package dev.execlaw.agent;

import dev.execlaw.microvm.image.GuestFile;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * nullclaw's config.json for a machine of its own. Unknown keys are ignored by every version, so one file carries the
 * keys of all (nullclaw/nullclaw: src/config_parse.zig, src/config_types.zig; versions 2026.2.26 to 2026.5.29).
 */
final class NullclawConfig {

    /** A name nullclaw does not know: with a base URL it then speaks plain OpenAI (src/providers/factory.zig). */
    private static final String PROVIDER = "execlaw";

    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private NullclawConfig() {}

    static byte[] json(AgentSettings settings) {
        return MAPPER.writeValueAsBytes(root(settings));
    }

    /** With an A2A endpoint on the guest's loopback; the guest puts the token of its own into {@code paired_tokens}. */
    static byte[] json(AgentSettings settings, int port) {
        ObjectNode root = root(settings);
        ObjectNode gateway = root.putObject("gateway");
        gateway.put("host", "127.0.0.1").put("port", port).put("require_pairing", true);
        gateway.put("webhook_rate_limit_per_minute", 100_000);
        gateway.putArray("paired_tokens");
        root.putObject("a2a").put("enabled", true).put("name", "nullclaw");
        return MAPPER.writeValueAsBytes(root);
    }

    private static ObjectNode root(AgentSettings settings) {
        ObjectNode root = MAPPER.createObjectNode();
        AgentSettings.Direct direct = settings.direct();
        String known = direct == null ? null : direct.name();
        String name = known == null ? PROVIDER : known;
        ObjectNode provider = root.putObject("models").putObject("providers").putObject(name);
        if (known == null) {
            provider.put("base_url", settings.baseUrl());
        }
        provider.put("api_key", settings.token());
        provider.put("native_tools", true);
        root.putObject("agents").putObject("defaults").putObject("model").put("primary", name + "/" + settings.model());
        if (settings.temperature() != null) {
            root.put("default_temperature", settings.temperature());
        }
        if (settings.maxTokens() != null) {
            root.put("max_tokens", settings.maxTokens());
        }
        root.putObject("channels").put("cli", true);
        root.putObject("memory").put("backend", "sqlite").put("auto_save", true);
        autonomy(root.putObject("autonomy"));
        root.putObject("security").putObject("sandbox").put("enabled", false).put("backend", "none");
        // The redactor takes message references and ordinary numbers for telephone numbers.
        root.putObject("agent").put("enable_pii_redaction", false).put("message_timeout_secs", 3600);
        // The default of a minute is short for builds and tests.
        root.putObject("tools").put("shell_timeout_secs", 600);
        // Else every turn begins three seconds late, from 2026.4.4 on.
        root.putObject("messages").putObject("inbound").put("debounce_ms", 0);
        if (direct != null) {
            // From 2026.3.17 on a file tells of tools; what they gave back only together with the second.
            root.putObject("diagnostics").put("backend", "file").put("log_llm_io", true);
        } else {
            // The gateway retries; the agent doing so too would multiply. Without retries 2026.2 streams.
            root.putObject("reliability").put("provider_retries", 0);
        }
        return root;
    }

    /**
     * Everything is allowed: the machine is the sandbox. The level becomes {@code yolo} where the agent's version knows
     * that, see {@link ReplAgent#fit}.
     */
    private static void autonomy(ObjectNode autonomy) {
        autonomy.put("level", "full");
        autonomy.put("workspace_only", false);
        autonomy.put("max_actions_per_hour", 100_000);
        autonomy.put("require_approval_for_medium_risk", false);
        autonomy.put("block_high_risk_commands", false);
        autonomy.put("block_medium_risk_commands", false);
        autonomy.put("allow_raw_url_chars", true);
        ArrayNode commands = autonomy.putArray("allowed_commands");
        commands.add("*");
        ArrayNode paths = autonomy.putArray("allowed_paths");
        paths.add("*");
    }

    /** A workspace that counts as onboarded, or the agent would begin with an interview (src/onboard.zig). */
    static List<GuestFile> workspace() {
        return List.of(
                text("AGENTS.md", "# Agent\n\nYou work on a Linux machine of your own, as root.\n"),
                text("IDENTITY.md", "# Identity\n\n- Name: nullclaw\n- Role: an agent on a machine of its own\n"),
                text("USER.md", "# User\n\nThe person who opened this session.\n"),
                text("MEMORY.md", "# Memory\n"));
    }

    private static GuestFile text(String name, String content) {
        return new GuestFile("/root/.nullclaw/workspace/" + name, content.getBytes(StandardCharsets.UTF_8), 0644);
    }
}
