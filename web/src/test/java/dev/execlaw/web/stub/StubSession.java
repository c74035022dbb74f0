package dev.execlaw.web.stub;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One session: its state, its queue, its console, and the script that plays in it. Any thread may use it. */
public final class StubSession {

    static final String[] STEPS = {"admit", "disk", "network", "vmm", "kernel", "guest", "agent", "model", "ready"};
    private static final String[] CLONE = {"admit", "disk", "network", "clone", "wake", "agent", "model", "ready"};
    private static final Map<String, String> DETAILS = Map.of(
            "clone", "template of debian",
            "admit", "1 of 8 GiB promised",
            "disk", "qcow2 overlay",
            "network", "10.200.0.2, gateway only",
            "vmm", "qemu, tcg",
            "kernel", "Linux 6.1",
            "agent", "reference 0.1.0");

    final String id;
    final StubConsole console = new StubConsole();
    final Instant created;
    private final StubLog log;
    private final Map<String, Object> fields = new LinkedHashMap<>();
    private final List<Map<String, Object>> boot = new ArrayList<>();
    private final List<Map<String, Object>> queue = new ArrayList<>();
    private final StubNetwork network;
    private final StubPast past;
    private final StubSpend spend = new StubSpend();
    private boolean slot;
    private boolean template;
    private final Supplier<CountDownLatch> gate;
    private long stepMillis;
    private int messages;
    private volatile @Nullable Thread player;

    StubSession(
            String id,
            StubLog log,
            Map<String, Object> request,
            StubNetwork network,
            Instant created,
            long stepMillis,
            Supplier<CountDownLatch> gate) {
        this.id = id;
        this.log = log;
        this.network = network;
        this.past = new StubPast(log, id);
        this.created = created;
        this.stepMillis = stepMillis;
        this.gate = gate;
        fields.put("id", id);
        fields.put("name", request.getOrDefault("name", "Quiet Harbour"));
        fields.put("state", "creating");
        fields.put("agentState", "starting");
        fields.put("provider", request.getOrDefault("provider", "demo"));
        fields.put("model", request.getOrDefault("model", "demo-1"));
        fields.put("agent", "reference");
        fields.put("driver", "qemu");
        fields.put("isolation", "The guest reaches the gateway and nothing else.");
        fields.put("vcpus", request.getOrDefault("vcpus", 1));
        fields.put("memoryMiB", request.getOrDefault("memoryMiB", 512));
        fields.put("keyMode", request.getOrDefault("keyMode", "gateway"));
        fields.put("createdAt", created.toString());
        fields.put("lastActivityAt", created.toString());
        fields.put("error", null);
        fields.put("origin", null);
    }

    /** Where its provider's key is. */
    public synchronized String keyMode() {
        return (String) fields.get("keyMode");
    }

    synchronized Map<String, Object> json() {
        var copy = new LinkedHashMap<>(fields);
        copy.put("boot", List.copyOf(boot));
        copy.put("queue", List.copyOf(queue));
        copy.put("network", slot ? network.json() : null);
        copy.put("branch", past.branch());
        copy.put("policy", spend.policy());
        copy.put("usage", spend.json());
        return copy;
    }

    synchronized Map<String, Object> network() {
        return network.withTraffic("running".equals(fields.get("state")));
    }

    /** Changes the policy and tells it; or says what is wrong with the wanted one. */
    synchronized StubNetwork.@Nullable Refusal policy(Map<?, ?> wanted) {
        var refusal = network.change(wanted);
        if (refusal == null) {
            event("network", network.policy());
            tell();
        }
        return refusal;
    }

    /** Changes what it may spend and tells it. */
    public synchronized void limits(Map<String, ?> wanted) {
        spend.policy(wanted);
        event("policy", Map.of("policy", spend.policy()));
        tell();
    }

    /** Has another model asked and tells it. */
    synchronized void model(Map<String, ?> wanted) {
        fields.put("provider", wanted.get("provider"));
        fields.put("model", wanted.get("model"));
        event("model_changed", Map.of("provider", wanted.get("provider"), "model", wanted.get("model")));
        tell();
    }

    synchronized Map<String, Object> modelSettings() {
        return spend.settings();
    }

    synchronized void modelSettings(Map<String, ?> wanted) {
        spend.ask(wanted);
        event("model_settings", Map.of("settings", spend.settings()));
    }

    /** A model call is over. */
    synchronized void spend(int input, int output, double cost) {
        spend.spend((long) input + output);
        event(
                "usage",
                Map.of(
                        "model",
                        String.valueOf(fields.get("model")),
                        "inputTokens",
                        input,
                        "outputTokens",
                        output,
                        "cost",
                        cost));
    }

    /** Whether a budget ends the turn now; if so, that is told. */
    private synchronized boolean reached() {
        var why = spend.reached();
        if (why != null) {
            event("budget_reached", why);
        }
        return why != null;
    }

    /** Changes the policy as another window would. */
    public void policy(String kind, List<String> allow) {
        var refusal = policy(Map.of("policy", kind, "allow", allow));
        if (refusal != null) {
            throw new IllegalArgumentException(refusal.detail());
        }
    }

    /** Adds to a counter of the network, for instance {@code droppedPackets}. */
    public synchronized StubSession count(String counter, long more) {
        network.count(counter, more);
        return this;
    }

    /** Changes the small state and tells it. */
    public synchronized StubSession set(String field, @Nullable Object value) {
        fields.put(field, value);
        return tell();
    }

    /** Changes the small state and tells of it or not. */
    synchronized void set(String field, @Nullable Object value, boolean told) {
        fields.put(field, value);
        if (told) {
            tell();
        }
    }

    synchronized StubSession tell() {
        log.append(id, "session", Map.of("session", json()));
        return this;
    }

    public String id() {
        return id;
    }

    /** Prints on the console. */
    public void print(String text) {
        console.print(text);
    }

    /** Appends an event as it is. */
    public StubSession event(String type, Map<String, ?> payload) {
        log.append(id, type, payload);
        return this;
    }

    StubSession past(Instant time, String type, Map<String, ?> payload) {
        log.append(id, type, payload, time);
        return this;
    }

    /** From now on its machine is cloned from a template instead of booting. */
    void fromTemplate() {
        template = true;
    }

    /** Plays a start, step by step; a step named {@code failAt} fails. */
    void start(@Nullable String failAt) {
        play(() -> {
            console.restart();
            synchronized (this) {
                boot.clear();
                fields.put("state", "creating");
                fields.put("agentState", "starting");
                fields.put("error", null);
            }
            tell();
            for (String step : template ? CLONE : STEPS) {
                if (step.equals("vmm") || step.equals("clone")) {
                    set("state", "booting");
                }
                if (!bootStep(step, failAt)) {
                    return;
                }
            }
            console.print("root@nullclaw:~# nullclaw agent\r\n\u001b[1mnullclaw\u001b[0m ready\r\n> ");
            synchronized (this) {
                fields.put("state", "running");
                fields.put("agentState", "idle");
            }
            tell();
            kept("start");
            drain();
        });
    }

    private boolean bootStep(String step, @Nullable String failAt) throws InterruptedException {
        long weight = step.equals("kernel") || step.equals("guest") ? 6 : step.equals("ready") ? 0 : 1;
        for (int i = 0; i < weight; i++) {
            TimeUnit.MILLISECONDS.sleep(stepMillis);
            if (step.equals("kernel") || step.equals("guest")) {
                console.print(
                        "[    " + i + ".1" + i + "0000] \u001b[32m  OK  \u001b[0m " + step + " line " + i + "\r\n");
            }
        }
        if (step.equals("kernel") || step.equals("wake")) {
            awaitGate();
        }
        if (step.equals(failAt)) {
            fail(
                    "BOOT_TIMEOUT",
                    "The step " + step + " did not end within 20 s.",
                    "Look at the console, then start again.");
            return false;
        }
        var done = Map.<String, Object>of(
                "step", step, "ms", weight * stepMillis, "detail", DETAILS.getOrDefault(step, ""));
        synchronized (this) {
            boot.add(done);
            slot |= step.equals("network");
        }
        event("boot_step", done);
        return true;
    }

    private void awaitGate() throws InterruptedException {
        if (!gate.get().await(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the test held the start of " + id + " back for 60 s");
        }
    }

    private synchronized void kept(String kind) {
        past.checkpoint(kind, null);
    }

    synchronized List<Map<String, Object>> checkpoints() {
        return past.json();
    }

    synchronized Map<String, Object> checkpoint(@Nullable String name) {
        return past.checkpoint("named", name);
    }

    /** Thins all checkpoints away. */
    public synchronized void dropCheckpoints() {
        past.dropAll();
    }

    synchronized boolean working() {
        return "working".equals(fields.get("agentState"));
    }

    /** Whether there is such a checkpoint; machine and conversation are as they were then. */
    synchronized boolean rewind(long seq) {
        if (!past.has(seq)) {
            return false;
        }
        past.rewind(seq);
        tell();
        return true;
    }

    /** Puts the machine to sleep, unless it works and there is no force. */
    public synchronized boolean pause(String reason, boolean force) {
        if (working() && !force) {
            return false;
        }
        if (working()) {
            interrupt();
            fields.put("agentState", "idle");
        }
        kept("pause");
        fields.put("state", "paused");
        event("paused", Map.of("reason", reason, "ms", 120, "diskBytes", 9_437_184));
        tell();
        return true;
    }

    /** Wakes the machine, as soon as the test lets it. */
    synchronized void wake(String reason) {
        if (!"paused".equals(fields.get("state"))) {
            return;
        }
        play(() -> {
            synchronized (this) {
                boot.clear();
                fields.put("state", "booting");
                fields.put("agentState", "starting");
            }
            tell();
            for (String step : CLONE) {
                bootStep(step, null);
            }
            synchronized (this) {
                fields.put("state", "running");
                fields.put("agentState", "idle");
                event("resumed", Map.of("reason", reason, "ms", 43));
                tell();
            }
            drain();
        });
    }

    /** Gives a new session the events that this one stood on at the event {@code seq}. */
    synchronized void copyInto(StubSession fork, long seq) {
        fork.messages = messages;
        fork.set("origin", Map.of("session", id, "seq", seq), true);
        past.copyInto(fork.id, seq);
        fork.event("forked", Map.of("session", id, "seq", seq));
    }

    void fail(String code, String detail, String next) {
        console.end();
        synchronized (this) {
            fields.put("state", "failed");
            fields.put("agentState", "failed");
            fields.put("error", Map.of("code", code, "detail", detail, "next", next));
        }
        tell();
    }

    /** A finished start in the past, without playing it. */
    synchronized void booted(Instant at, long... millis) {
        for (int i = 0; i < STEPS.length; i++) {
            var done = Map.<String, Object>of(
                    "step", STEPS[i], "ms", millis[i], "detail", DETAILS.getOrDefault(STEPS[i], ""));
            boot.add(done);
            log.append(id, "boot_step", done, at.plusMillis(10L * i));
        }
        slot = true;
        fields.put("state", "running");
        fields.put("agentState", "idle");
        kept("start");
    }

    /** Accepts a message; says whether it runs now. */
    synchronized Map<String, Object> post(String text) {
        String message = "m" + ++messages;
        boolean ready = "running".equals(fields.get("state")) && "idle".equals(fields.get("agentState"));
        event("user_message", Map.of("id", message, "text", text));
        fields.put("lastActivityAt", Instant.now().toString());
        if (ready) {
            run(message, text);
            return Map.of("messageId", message, "state", "running");
        }
        queue.add(Map.of("id", message, "text", text));
        tell();
        wake("a message came");
        return Map.of("messageId", message, "state", "queued");
    }

    synchronized boolean unqueue(String message) {
        boolean found = queue.removeIf(q -> message.equals(q.get("id")));
        if (found) {
            event("message_removed", Map.of("id", message));
            tell();
        }
        return found;
    }

    private void run(String message, String text) {
        fields.put("agentState", "working");
        tell();
        event("turn_started", Map.of("message", message));
        play(() -> {
            String reason = "completed";
            try {
                if (reached()) {
                    reason = "budget";
                } else {
                    new StubAgent(this).answer(text);
                }
            } catch (InterruptedException e) {
                reason = "stopped";
            }
            if ("failed".equals(fields.get("state"))) {
                event(
                        "turn_finished",
                        Map.of("reason", "machine_ended", "detail", "The virtual machine monitor ended."));
                return;
            }
            event("turn_finished", Map.of("reason", reason, "detail", reason.equals("stopped") ? "By the user." : ""));
            if ("paused".equals(fields.get("state"))) {
                return;
            }
            kept("turn");
            set("agentState", "idle");
            drain();
        });
    }

    private synchronized void drain() {
        if (queue.isEmpty()) {
            return;
        }
        Map<String, Object> next = queue.removeFirst();
        run((String) next.get("id"), (String) next.get("text"));
    }

    void interrupt() {
        Optional.ofNullable(player).ifPresent(Thread::interrupt);
    }

    void stop() {
        interrupt();
        set("state", "stopping");
        play(() -> {
            TimeUnit.MILLISECONDS.sleep(stepMillis);
            console.end();
            synchronized (this) {
                slot = false;
            }
            set("state", "stopped");
        });
    }

    private interface Script {
        void play() throws InterruptedException;
    }

    private void play(Script script) {
        player = Thread.ofVirtual().name("stub-" + id).start(() -> {
            try {
                script.play();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
