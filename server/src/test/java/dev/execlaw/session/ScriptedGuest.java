package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.TrafficListener;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A double of a guest: a shell with OSC 133 marks and a nullclaw-like agent, on a thread of its own. A message whose
 * text begins with "hang" is not answered until the test says so; "exit" ends the agent; "quiet" is never asked of the
 * model; "tool" runs a tool that the test or an interrupt ends, "tool twice" two of them, and "tool late" one that begins
 * when the test says so. The agent can be suspended and brought back; what the guest's doctor does then, the script says.
 */
@SuppressWarnings("StringConcatToTextBlock") // a text block hides the carriage returns
final class ScriptedGuest {

    static final String BANNER = "nullclaw Agent -- Interactive Mode\r\nProvider: execlaw | Model: demo\r\n"
            + "Type your message (Ctrl+D or 'exit' to quit):\r\n\r\n> ";
    private static final String PROMPT = "\u001b]133;A\u0007root@nullclaw:~# \u001b]133;B\u0007";

    private final String session;
    private final ScriptedConsole console;
    private final RecordingGateway gateway;
    private final Script script;
    private final @Nullable String hostKey;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().name("guest").factory());
    private final Semaphore vcpus = new Semaphore(1);
    private final StringBuilder line = new StringBuilder();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private volatile boolean agent;
    private boolean waiting;
    private boolean hanging;
    private volatile int tools;
    private boolean late;
    private boolean suspended;
    private boolean examined;

    ScriptedGuest(
            String session,
            ScriptedConsole console,
            RecordingGateway gateway,
            Script script,
            @Nullable String hostKey) {
        this.session = session;
        this.console = console;
        this.gateway = gateway;
        this.script = script;
        this.hostKey = hostKey;
        console.onInput(text -> later(() -> text.chars().forEach(this::key)));
    }

    /** What kind of guest it is. */
    record Script(boolean boots, boolean agentStarts, Doctor doctor) {
        Script() {
            this(true, true);
        }

        Script(boolean boots, boolean agentStarts) {
            this(boots, agentStarts, Doctor.WELL);
        }

        Script(Doctor doctor) {
            this(true, true, doctor);
        }
    }

    /** How a look inside goes. */
    enum Doctor {
        WELL,
        /** The report lacks its last check. */
        TORN,
        /** The image has none. */
        MISSING,
        /** It ends only when it is interrupted. */
        HANGS,
        /** Not even then. */
        HANGS_FOREVER,
        /** The agent dies of being suspended. */
        KILLS_AGENT,
        /** The agent takes no notice of being told to stop. */
        DEAF_AGENT,
        /** The agent has died when it is told to go on. */
        AGENT_DIES_MEANWHILE,
        /** The agent goes on and never shows its prompt. */
        AGENT_STAYS_SILENT
    }

    private void later(Runnable step) {
        try {
            thread.execute(() -> {
                vcpus.acquireUninterruptibly();
                try {
                    step.run();
                } finally {
                    vcpus.release();
                }
            });
        } catch (RejectedExecutionException _) {
            // The guest is off.
        }
    }

    /** Its vCPUs are stopped: what comes waits. Returns when it stands still. */
    void stops() {
        vcpus.acquireUninterruptibly();
    }

    /** Its vCPUs run on. */
    void goesOn() {
        vcpus.release();
    }

    void boot() {
        later(() -> {
            console.guestWrites("[    0.000000] Linux version 6.1\r\n");
            if (script.boots()) {
                console.guestWrites("[    1.2] Run /init as init process\r\nDebian GNU/Linux 12\r\n" + PROMPT);
            }
        });
    }

    /** As in a template: the shell has started an agent that waits for its release. */
    void waitsForRelease() {
        waiting = true;
    }

    void released() {
        later(() -> {
            if (waiting) {
                waiting = false;
                agent = true;
                console.guestWrites(BANNER);
            }
        });
    }

    /** As it was when it was saved: the agent waits at its prompt and knows these messages. */
    void goesOn(List<String> messages) {
        agent = true;
        heard.addAll(messages.stream().filter(text -> !text.isEmpty()).toList());
    }

    /** Whether an agent has come and waits for messages. */
    boolean agentWaits() {
        return agent;
    }

    /** The messages that the agent has in its memory. */
    List<String> heard() {
        return List.copyOf(heard);
    }

    private void key(int key) {
        switch (key) {
            case 0x03 -> {
                if (hanging) {
                    answer("Stopped by the user.");
                } else if (tools > 0) {
                    toolEnds();
                } else if (examined && script.doctor() != Doctor.HANGS_FOREVER) {
                    ends(130);
                }
            }
            case 0x1a -> suspend();
            case 0x04 -> endAgent(0);
            case '\n' -> {
                String typed = line.toString();
                line.setLength(0);
                enter(typed);
            }
            default -> line.append((char) key);
        }
    }

    private void enter(String typed) {
        if (agent) {
            if (!typed.isEmpty()) {
                turn(typed);
            } else if (script.doctor() != Doctor.AGENT_STAYS_SILENT) {
                console.guestWrites("> ");
            }
        } else if (examined) {
            return; // it does not read
        } else if (typed.isEmpty()) {
            console.guestWrites(PROMPT);
        } else if (typed.startsWith("/usr/local/lib/execlaw/doctor ")) {
            look();
        } else if (typed.startsWith("/usr/local/lib/execlaw/host-key ")) {
            tellHostKey();
        } else if (typed.equals("fg")) {
            foreground();
        } else if (typed.contains("agent")) {
            console.guestWrites("\u001b]133;C\u0007");
            if (script.agentStarts()) {
                agent = true;
                console.guestWrites(BANNER);
            } else {
                console.guestWrites("sh: nullclaw: not found\r\n\u001b]133;D;127\u0007" + PROMPT);
            }
        }
    }

    private void suspend() {
        if (!agent || script.doctor() == Doctor.DEAF_AGENT) {
            return;
        }
        agent = false;
        suspended = script.doctor() != Doctor.KILLS_AGENT;
        if (suspended) {
            console.guestWrites("\r\n[1]+  Stopped                 nullclaw agent 2>> /var/log/nullclaw.err\r\n");
        }
        console.guestWrites("\u001b]133;D;" + (suspended ? 148 : 137) + "\u0007" + PROMPT);
    }

    private void look() {
        console.guestWrites("\u001b]133;C\u0007execlaw-doctor\tca bundle\tok\t143 certificates\t\r\n");
        switch (script.doctor()) {
            case HANGS, HANGS_FOREVER -> examined = true;
            case MISSING -> {
                console.guestWrites("-bash: /usr/local/lib/execlaw/doctor: No such file or directory\r\n");
                ends(127);
            }
            case TORN -> {
                console.guestWrites("execlaw-doctor\tdns\twa[   99.1] a word of the kernel\r\nrn\tno\twait\r\n"
                        + "execlaw-doctor\tend\t2\r\n");
                ends(0);
            }
            case WELL, KILLS_AGENT, DEAF_AGENT, AGENT_DIES_MEANWHILE, AGENT_STAYS_SILENT -> {
                console.guestWrites("[   99.1] a word of the kernel\r\n> \r\n"
                        + "execlaw-doctor\tdns\twarn\tnot resolved\tnothing: it is meant so\r\n"
                        + "execlaw-doctor\tend\t2\r\n");
                ends(0);
            }
        }
    }

    /** Nothing at all is what a guest says that hangs. */
    private void tellHostKey() {
        console.guestWrites("\u001b]133;C\u0007");
        if (hostKey == null) {
            console.guestWrites("-bash: No such file or directory\r\n");
            ends(127);
        } else if (hostKey.isEmpty()) {
            examined = true;
        } else {
            console.guestWrites(hostKey + "\r\n");
            ends(0);
        }
    }

    private void ends(int status) {
        examined = false;
        console.guestWrites("\u001b]133;D;" + status + "\u0007" + PROMPT);
    }

    private void foreground() {
        console.guestWrites("\u001b]133;C\u0007");
        if (suspended && script.doctor() != Doctor.AGENT_DIES_MEANWHILE) {
            suspended = false;
            agent = true;
            console.guestWrites("nullclaw agent 2>> /var/log/nullclaw.err\r\n");
        } else {
            suspended = false;
            console.guestWrites("-bash: fg: current: no such job\r\n");
            ends(1);
        }
    }

    private void turn(String token) {
        String text = gateway.session(session)
                .flatMap(open -> open.texts().apply(token))
                .map(message -> message.text())
                .orElse("");
        if (text.equals("exit")) {
            endAgent(0);
            return;
        }
        if (text.equals("quiet")) {
            console.guestWrites("\r\nError: error.NoModel\r\n\r\n> ");
            return;
        }
        heard.add(text);
        tell(listener -> listener.callStarted(token));
        if (text.startsWith("hang")) {
            hang();
            return;
        }
        if (text.startsWith("tool")) {
            tell(listener -> listener.callFinished(false));
            late = text.contains("late");
            tools = text.contains("twice") ? 2 : 1;
            return;
        }
        answer("You said: " + text);
    }

    private void hang() {
        hanging = true;
        gateway.calls(
                session,
                () -> later(() -> {
                    if (hanging) {
                        answer("Stopped by the user.");
                    }
                }));
    }

    private void toolEnds() {
        int left = tools - 1;
        tools = left;
        if (left == 0) {
            tell(listener -> listener.callStarted("after a tool"));
            hang();
        }
    }

    /** Whether its agent runs a tool, or is about to. */
    boolean hasTool() {
        return tools > 0;
    }

    /** A tool that is late begins. */
    void toolBegins() {
        later(() -> late = false);
    }

    /** The guest is told to end what its agent runs. Returns how many processes that were. */
    int endTools() {
        CompletableFuture<Integer> ended = new CompletableFuture<>();
        later(() -> {
            boolean runs = tools > 0 && !late;
            if (runs) {
                toolEnds();
            }
            ended.complete(runs ? 1 : 0);
        });
        return ended.orTimeout(5, TimeUnit.SECONDS).join();
    }

    /** Somebody at the console suspends the agent. */
    void suspendedByHand() {
        later(this::suspend);
    }

    /** Ends a hanging turn well. */
    void release() {
        later(() -> {
            if (hanging) {
                answer("Done after all.");
            } else if (tools > 0) {
                tools = 1;
                toolEnds();
            }
        });
    }

    private void answer(String reply) {
        hanging = false;
        // Text that looks like a prompt must not end the turn.
        console.guestWrites("\r\n" + reply.toUpperCase(Locale.ROOT).substring(0, 1) + "\r\n\r\n> quoted\r\n");
        tell(listener -> {
            listener.event(new EventPayload.Message(reply, "p1"));
            listener.callFinished(true);
        });
        console.guestWrites("\r\n\r\n> ");
    }

    /** The agent exits. */
    void agentExits(int status) {
        later(() -> endAgent(status));
    }

    private void endAgent(int status) {
        if (agent) {
            agent = false;
            hanging = false;
            tools = 0;
            console.guestWrites("\u001b]133;D;" + status + "\u0007" + PROMPT);
        }
    }

    private void tell(Consumer<TrafficListener> traffic) {
        gateway.session(session).ifPresent(open -> traffic.accept(open.listener()));
    }
}
