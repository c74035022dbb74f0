package dev.execlaw.agent;

import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.wake.Wake;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * An agent that is spoken to by ACP. In the guest a relay holds it, which shows a prompt on the console, so that starts,
 * ends and saved machines are as with every agent.
 *
 * @param command what a shell runs to start it, on its standard streams
 * @param relay what attaches to it
 */
record AcpAgent(String name, String command, String relay) implements AgentAdapter {

    /** Where the image has it. */
    static final String RELAY = "/usr/local/lib/execlaw/acp";

    private static final String QUIET = "stty -echo -ixon; ";
    private static final String POWER_OFF = "reboot -f\n";

    /** The keys' names are those that most agents read for an OpenAI-compatible provider. */
    @Override
    public List<GuestFile> files(AgentSettings settings) {
        String script = "cd /root\n"
                + variable("OPENAI_BASE_URL", settings.baseUrl())
                + variable("OPENAI_API_KEY", settings.token())
                + variable("OPENAI_MODEL", settings.model())
                + "exec " + command + "\n";
        byte[] text = script.getBytes(StandardCharsets.UTF_8);
        return List.of(new GuestFile("/root/.execlaw/agent", text, 0600));
    }

    private static String variable(String name, String value) {
        return "export " + name + "='" + value.replace("'", "'\\''") + "'\n";
    }

    @Override
    public byte[] start() {
        return ascii(QUIET + RELAY + " agent\n");
    }

    @Override
    public byte[] startWaiting() {
        return ascii(QUIET + "mkdir -p " + Wake.GATE.substring(0, Wake.GATE.lastIndexOf('/')) + "; mkfifo -m 600 "
                + Wake.GATE + " 2>/dev/null; ( : <" + Wake.GATE + " && exec " + RELAY + " agent )\n");
    }

    @Override
    public Optional<String> dialogue() {
        return Optional.of(relay + " attach");
    }

    @Override
    public byte[] message(String token) {
        throw new IllegalStateException(name + " is given its messages by its protocol");
    }

    @Override
    public Optional<byte[]> interrupt() {
        return Optional.empty();
    }

    @Override
    public String program() {
        return RELAY;
    }

    @Override
    public byte[] suspend() {
        return ascii("\u001a");
    }

    @Override
    public byte[] resume() {
        return ascii("fg\n");
    }

    @Override
    public byte[] nudge() {
        return ascii("\n");
    }

    @Override
    public byte[] powerOff(boolean working) {
        return ascii("\u0004" + POWER_OFF); // the relay ends with its input, and ends the agent
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
