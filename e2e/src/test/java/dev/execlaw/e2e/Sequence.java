package dev.execlaw.e2e;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A random sequence of what people and misfortune do to sessions. A seed decides what is done; how far the product has
 * come when it is hit is left to the moment.
 */
final class Sequence {

    private static final int MOST_SESSIONS = 4;
    private static final int FILES = 6;
    private static final int MOST_LINES = 20_000;
    private static final int LATEST_BLOW_MS = 700;
    private static final Duration REST = Duration.ofMinutes(3);
    private static final Duration AGREEMENT = Duration.ofSeconds(45);

    private final Product product;
    private final Api api;
    private final Random random;
    private final HostAccount account;
    private final Map<String, Subject> subjects = new LinkedHashMap<>();
    private final List<String> told = new ArrayList<>();
    private int value;

    Sequence(Product product, long seed) {
        this.product = product;
        this.api = product.api();
        this.random = new Random(seed);
        this.account = new HostAccount(product);
    }

    /** What is done next. */
    private enum Step {
        MESSAGE(6),
        PAUSE(3),
        RESUME(2),
        CHECKPOINT(2),
        REWIND(4),
        FORK(2),
        DELETE(1),
        KILL_DAEMON(1),
        KILL_VMM(1),
        KILL_BOTH(1),
        KILL_DAEMON_DURING(3),
        KILL_VMM_DURING(1);

        private final int weight;

        Step(int weight) {
            this.weight = weight;
        }
    }

    /** The steps so far, one line each. */
    String told() {
        return String.join("\n", told);
    }

    /** Does so many steps, the first session's creation aside, and then deletes everything. */
    void run(int steps) throws Exception {
        String first = api.createReady();
        subjects.put(first, new Subject(api, first, new Transcript()));
        message(subjects.get(first));
        verify(List.of(subjects.get(first)));
        for (int i = 0; i < steps; i++) {
            if (subjects.isEmpty()) {
                break;
            }
            Subject subject = pick(List.copyOf(subjects.values()));
            step(draw(), subject);
        }
        for (Subject left : List.copyOf(subjects.values())) {
            tell("delete " + left.id());
            delete(left);
        }
        agree();
    }

    /** Removes what a sequence that failed has left. */
    void clear() {
        for (JsonNode left : api.get("/sessions").path("sessions")) {
            api.delete(left.path("id").asString());
        }
    }

    private void step(Step step, Subject subject) throws Exception {
        String state = subject.state();
        Set<String> known = Set.copyOf(subjects.keySet());
        tell(step + " " + subject.id() + ", which is " + state);
        switch (step) {
            case MESSAGE, CHECKPOINT, RESUME, PAUSE, REWIND, FORK ->
                deed(step, subject, state).run();
            case DELETE -> delete(subject);
            case KILL_DAEMON -> {
                product.crash();
                product.restart();
            }
            case KILL_VMM -> killVmm(subject);
            case KILL_BOTH -> {
                product.crash();
                killVmm(subject);
                product.restart();
            }
            case KILL_DAEMON_DURING -> {
                during(deed(any(), subject, state), product::crash);
                product.restart();
            }
            case KILL_VMM_DURING -> during(deed(any(), subject, state), () -> killVmm(subject));
        }
        rest();
        agree(); // a machine that was killed is known to be by then
        rest();
        discover();
        boolean all = !known.equals(subjects.keySet()) || step == Step.KILL_DAEMON;
        verify(all ? List.copyOf(subjects.values()) : List.of(subject));
    }

    private Step any() {
        Step[] deeds = {Step.MESSAGE, Step.PAUSE, Step.RESUME, Step.CHECKPOINT, Step.REWIND, Step.FORK};
        return deeds[random.nextInt(deeds.length)];
    }

    /** What is asked of the product; something that can be asked in this state. */
    private Runnable deed(Step step, Subject subject, String state) {
        boolean asleep = state.equals("paused");
        if (state.equals("failed") || state.equals("stopped")) {
            return !subject.checkpoints().isEmpty() && random.nextInt(4) > 0 ? rewind(subject) : () -> start(subject);
        }
        return switch (step) {
            case PAUSE -> asleep ? resume(subject) : pause(subject);
            case RESUME -> asleep ? resume(subject) : () -> message(subject);
            case CHECKPOINT ->
                () -> subject.post("checkpoints", api.object().put("name", "of step " + told.size()), 201);
            case REWIND -> rewind(subject);
            case FORK -> subjects.size() < MOST_SESSIONS ? fork(subject) : rewind(subject);
            default -> () -> message(subject);
        };
    }

    private Runnable pause(Subject subject) {
        tell("  pause");
        return () -> expect("paused", subject.post("pause", api.object(), 200));
    }

    private Runnable resume(Subject subject) {
        tell("  resume");
        return () -> expect("running", subject.post("resume", api.object(), 200));
    }

    private Runnable rewind(Subject subject) {
        long to = checkpoint(subject);
        tell("  rewind to " + to);
        return () -> expect("running", subject.post("rewind", api.object().put("seq", to), 200));
    }

    private Runnable fork(Subject subject) {
        ObjectNode body = api.object().put("count", 1 + random.nextInt(2));
        if (random.nextBoolean()) {
            body.put("seq", checkpoint(subject));
        }
        tell("  fork " + body);
        return () -> subject.post("fork", body, 201);
    }

    private long checkpoint(Subject subject) {
        return pick(subject.checkpoints()).path("seq").asLong();
    }

    private void start(Subject subject) {
        tell("  start");
        subject.post("start", api.object(), 202);
    }

    private void message(Subject subject) {
        int lines = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(MOST_LINES);
        Change change = new Change("v" + ++value, "f" + random.nextInt(FILES), lines);
        tell("  " + change);
        long before = api.lastSeq(subject.id());
        subject.send(change);
        api.awaitTurnEnd(subject.id(), before);
    }

    private void delete(Subject subject) {
        api.delete(subject.id());
        subjects.remove(subject.id());
        account.deleted(subject.id());
    }

    private void killVmm(Subject subject) {
        Hosts.processesNaming(product.dataDirectory().resolve("machines").resolve(subject.id()))
                .forEach(ProcessHandle::destroyForcibly);
    }

    @FunctionalInterface
    private interface Blow {
        void strike() throws Exception;
    }

    /** Strikes while the deed is under way; what it then says is of no interest, unless it was over before. */
    private void during(Runnable deed, Blow blow) throws Exception {
        int delay = random.nextInt(LATEST_BLOW_MS);
        tell("  struck after " + delay + " ms");
        CompletableFuture<Void> done = CompletableFuture.runAsync(deed);
        try {
            done.get(delay, TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            tell("  under way");
        }
        blow.strike();
        try {
            done.get(2, TimeUnit.MINUTES);
        } catch (ExecutionException e) {
            tell("  answered: " + e.getCause().toString().lines().findFirst().orElse(""));
        }
    }

    /** Waits until nothing is under way in any session. */
    private void rest() {
        try {
            Wait.until(
                    "all sessions to rest",
                    REST,
                    Duration.ofMillis(50),
                    () -> api.get("/sessions").path("sessions").values().stream()
                            .map(session -> new Subject(api, session.path("id").asString(), new Transcript()))
                            .allMatch(Subject::rests));
        } catch (AssertionError e) {
            throw new AssertionError(
                    e.getMessage() + "; they are " + api.get("/sessions").path("sessions"), e);
        }
    }

    /** Forks are told by the product; those whose request was broken off, too. */
    private void discover() {
        List<JsonNode> sessions = new ArrayList<>(
                List.copyOf(api.get("/sessions").path("sessions").values()));
        for (JsonNode session : sessions.reversed()) {
            String id = session.path("id").asString();
            JsonNode origin = session.path("origin");
            if (!subjects.containsKey(id)) {
                Subject source = subjects.get(origin.path("session").asString());
                if (source == null) {
                    throw new AssertionError("a session of nobody: " + session);
                }
                source.read();
                long seq = origin.path("seq").asLong();
                tell("  " + id + " was forked from " + source.id() + " at " + seq);
                subjects.put(id, new Subject(api, id, source.transcript().fork(seq)));
            }
        }
        for (String id : List.copyOf(subjects.keySet())) {
            if (sessions.stream()
                    .noneMatch(session -> session.path("id").asString().equals(id))) {
                throw new AssertionError("session " + id + " is gone");
            }
        }
    }

    /** Reads all logs on and looks into these machines; the others are seen with their next message. */
    private void verify(List<Subject> touched) {
        subjects.values().forEach(Subject::read);
        for (Subject subject : touched) {
            if (subjects.containsKey(subject.id()) && subject.state().equals("running")) {
                subject.look();
            }
        }
        agree();
    }

    private void agree() {
        List<List<String>> last = new ArrayList<>(List.of(List.of()));
        try {
            Wait.until("host and ledger to agree", AGREEMENT, Duration.ofMillis(100), () -> {
                last.set(0, account.differences());
                return last.getFirst().isEmpty();
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ":\n" + String.join("\n", last.getFirst()), e);
        }
    }

    private static void expect(String state, JsonNode view) {
        if (!view.path("state").asString().equals(state)) {
            throw new AssertionError("the session is not " + state + ": " + view);
        }
    }

    private Step draw() {
        int all = 0;
        for (Step step : Step.values()) {
            all += step.weight;
        }
        int at = random.nextInt(all);
        for (Step step : Step.values()) {
            at -= step.weight;
            if (at < 0) {
                return step;
            }
        }
        throw new AssertionError("no step at " + at);
    }

    private <T> T pick(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private void tell(String line) {
        told.add(line);
    }
}
