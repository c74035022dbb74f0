package dev.execlaw.agent;

import dev.execlaw.microvm.image.GuestFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * nullclaw as it is spoken to by its A2A endpoint (nullclaw/nullclaw, src/a2a.zig, src/gateway.zig). Its gateway listens on
 * the guest's loopback alone; the relay that agents by ACP have holds it, so that starts, ends and saved machines are as
 * with every agent and the console stays for the person.
 *
 * @param console the same program by its console: a template where one of both waits serves the other, too
 * @param calls what a shell runs to ask the endpoint, see {@link AgentAdapter#asked}
 */
record A2aAgent(ReplAgent console, String calls) implements AgentAdapter {

    /** The first version that tells of tools in its stream, and whose list of tasks this server relies on. */
    static final String SINCE = "2026.5.4";

    /** How the guest's curl finds the endpoint; its own settings file is passed over. */
    static final String CURL = "curl -q -sSN --connect-timeout 5 -K /run/execlaw/a2a --data-binary @-";

    /** Of the guest's loopback, as the script below has it. None that people's programs are wont to take. */
    static final int PORT = 18_790;

    /** What the relay runs; where it is not there, an agent reads its console. */
    private static final String SCRIPT = "/root/.execlaw/agent";

    /** Exit status of a program that is not configured for what it is asked (sysexits.h). */
    private static final int NO_A2A = 78;

    /** In a shell that knows the agent's version as {@code v} and becomes the relay. */
    private static final String SERVE = "{ " + ReplAgent.atLeast(SINCE)
            + " || { echo \"This is $v; its A2A can be used from " + SINCE
            + " on. Create a session with agentChannel console.\"; exit " + NO_A2A + "; }; exec " + AcpAgent.RELAY
            + " agent; }";

    /** For a shell where it is not known yet which of both is wanted. */
    static final String SERVE_IF_WANTED = "[ ! -e " + SCRIPT + " ] || " + SERVE + "; ";

    /**
     * A token of the guest's own: what of the guest remembers it may become another session's, with other secrets. The
     * gateway's configuration may be a link into memory.
     */
    private static final String RUN = """
            cd /root
            umask 077
            token=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \\n')
            mkdir -p /run/execlaw
            printf 'url = "http://127.0.0.1:18790/a2a"\\nheader = "Content-Type: application/json"\\n' >/run/execlaw/a2a
            printf 'header = "Authorization: Bearer %s"\\n' "$token" >>/run/execlaw/a2a
            config=${NULLCLAW_HOME:-$HOME/.nullclaw}/config.json
            sed -i --follow-symlinks "/\\"paired_tokens\\"/s/\\[.*]/[ \\"$token\\" ]/" "$config"
            umask 022
            exec nullclaw gateway 2>>/var/log/nullclaw.err
            """;

    @Override
    public String name() {
        return console.name();
    }

    @Override
    public List<GuestFile> files(AgentSettings settings) {
        List<GuestFile> files = new ArrayList<>(NullclawConfig.workspace());
        files.add(new GuestFile("/root/.nullclaw/config.json", NullclawConfig.json(settings, PORT), 0600));
        files.add(new GuestFile(SCRIPT, RUN.getBytes(StandardCharsets.US_ASCII), 0600));
        return files;
    }

    @Override
    public byte[] start() {
        String line = ReplAgent.QUIET + "( " + console.fit() + SERVE + " )" + ReplAgent.LOG;
        return line.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public byte[] startWaiting() {
        return console.startWaiting();
    }

    @Override
    public Optional<String> asked() {
        return Optional.of(calls);
    }

    @Override
    public byte[] message(String token) {
        throw new IllegalStateException(name() + " is given its messages by its protocol");
    }

    @Override
    public Optional<byte[]> interrupt() {
        return Optional.empty();
    }

    @Override
    public String program() {
        return console.program();
    }

    @Override
    public byte[] suspend() {
        return console.suspend();
    }

    @Override
    public byte[] resume() {
        return console.resume();
    }

    @Override
    public byte[] nudge() {
        return console.nudge();
    }

    @Override
    public byte[] powerOff(boolean working) {
        return console.powerOff(false); // the relay ends with its input, and ends the agent
    }
}
