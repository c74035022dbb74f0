package dev.execlaw.agent;

import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.wake.Wake;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An agent that reads lines on the console, as nullclaw does.
 *
 * @param program the program; its command {@code agent} starts it
 * @param ours whether it is the reference agent, under whatever name: the byte 0x03 ends a running tool and not the agent,
 *     and it waits by itself at the gate that {@code EXECLAW_WAIT} names, made ready. nullclaw has no SIGINT handler and
 *     dies of it (nullclaw/nullclaw, src/agent/cli.zig), and a shell waits in its place
 */
record ReplAgent(String name, String program, boolean ours) implements AgentAdapter {

    private static final byte[] INTERRUPT = {0x03};
    /**
     * Echo off, or the token and all that is typed would come back; no flow control by bytes a message may hold. ISIG stays
     * on: the interrupt byte must reach the reference agent as SIGINT.
     */
    static final String QUIET = "stty -echo -ixon; export NO_COLOR=1; ";

    private static final String YOLO_SINCE = "2026.3.7";
    static final String LOG = " 2>>/var/log/nullclaw.err\n";
    /** A machine ends at a reboot with every VMM; at a power-off Firecracker would go on, with vCPUs that stand still. */
    private static final String POWER_OFF = "reboot -f\n";

    @Override
    public List<GuestFile> files(AgentSettings settings) {
        List<GuestFile> files = new ArrayList<>(NullclawConfig.workspace());
        files.add(new GuestFile("/root/.nullclaw/config.json", NullclawConfig.json(settings), 0600));
        return files;
    }

    @Override
    public byte[] start() {
        return ascii(QUIET + (ours ? "" : fit()) + program + " agent" + LOG);
    }

    @Override
    public byte[] startWaiting() {
        String gate = "mkdir -p " + Wake.GATE.substring(0, Wake.GATE.lastIndexOf('/')) + "; ";
        if (ours) {
            return ascii(QUIET + gate + "EXECLAW_WAIT=" + Wake.GATE + " " + program + " agent" + LOG);
        }
        // The shell that waits is the process that becomes the agent.
        gate += "mkfifo -m 600 " + Wake.GATE + " 2>/dev/null; ";
        return ascii(QUIET + gate + "( : <" + Wake.GATE + " && { " + fit() + A2aAgent.SERVE_IF_WANTED + "exec "
                + program + " agent; } )" + LOG);
    }

    /**
     * Tells the agent's version, and fits the configuration to it: from 2026.3.7 on there is the level {@code yolo}, without
     * which pipes into files and substitutions are refused ({@link NullclawConfig}); what older versions do not know they
     * answer with their default. The version goes to standard output or, in some, to standard error. The configuration may
     * be a link into memory, which stays one.
     */
    String fit() {
        return "v=$(timeout 9 " + program + " --version 2>&1 </dev/null | head -n 1); echo \"$v\"; "
                + atLeast(YOLO_SINCE)
                + " && sed -i --follow-symlinks '/\"level\"/s/full/yolo/' \"${NULLCLAW_HOME:-$HOME/.nullclaw}/config.json\"; ";
    }

    /** A shell's test whether what {@code v} ends with is that version or a later one. */
    static String atLeast(String version) {
        return "[ \"$(printf '%s\\n' " + version + " \"${v##*[ v]}\" | sort -V | head -n 1)\" = " + version + " ]";
    }

    @Override
    public byte[] message(String token) {
        return ascii(token + "\n");
    }

    @Override
    public Optional<byte[]> interrupt() {
        return ours ? Optional.of(INTERRUPT.clone()) : Optional.empty();
    }

    @Override
    public byte[] suspend() {
        return ascii("\u001a"); // VSUSP: neither agent handles SIGTSTP, and reading goes on after SIGCONT
    }

    @Override
    public byte[] resume() {
        return ascii("fg\n");
    }

    @Override
    public byte[] nudge() {
        return ascii("\n"); // an empty line is no message (nullclaw/nullclaw, src/agent/cli.zig)
    }

    @Override
    public byte[] powerOff(boolean working) {
        // At its prompt the agent ends with its input; the rest waits in the terminal for the shell. The interrupt byte
        // ends a running tool, or the agent itself where it does not survive it.
        String end = ours ? "\u0003\u0004" : working ? "\u0003" : "\u0004";
        return ascii(end + POWER_OFF);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
