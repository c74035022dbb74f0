package dev.execlaw.gateway;

import dev.execlaw.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One try at a model call: takes what the provider sends, tells the events, writes to the guest. Events are told before
 * the guest gets the bytes, so that nothing the guest does in answer can be told first. Lives on the thread of its call.
 */
final class Attempt {

    private static final int ERROR_BODY = 64 << 10;
    private static final long LONGEST_RETRY_AFTER = 10;

    private final GatewaySettings settings;
    private final Signal.Queue queue;
    private final GuestReply reply;
    private final AnswerFold fold;
    private final AnswerEvents events;
    private final UpstreamProblem problems;
    private final boolean wantsUsage;
    private final SseParser parser;
    private final ByteArrayOutputStream whole = new ByteArrayOutputStream();

    private Signal.Started head = new Signal.Started(0, "", 0);
    private boolean done;
    private boolean answered;
    private @Nullable Problem problem;
    /** Whether the problem may be over when the call is made again. */
    private boolean passing;

    private long lastHeard = System.nanoTime();
    private long lastWritten = lastHeard;

    Attempt(
            GatewaySettings settings,
            Signal.Queue queue,
            GuestReply reply,
            AnswerFold fold,
            AnswerEvents events,
            UpstreamProblem problems,
            boolean wantsUsage) {
        this.settings = settings;
        this.queue = queue;
        this.reply = reply;
        this.fold = fold;
        this.events = events;
        this.problems = problems;
        this.wantsUsage = wantsUsage;
        this.parser = new SseParser(settings.maxAnswerBytes());
    }

    /** How a try ended. */
    sealed interface Outcome {
        /** The answer is whole. */
        record Whole() implements Outcome {}

        /**
         * It failed.
         *
         * @param retryAfter seconds to wait at least before the next try; negative when there should be none
         */
        record Failed(Problem problem, long retryAfter) implements Outcome {}

        /** The call shall end. */
        record Stopped() implements Outcome {}
    }

    /** Whether the provider took the call, so that it costs something. */
    boolean begun() {
        return head.status() == 200 && (answered || problem == null);
    }

    /** Takes signals until the answer is whole or cannot be. */
    Outcome run() throws IOException, InterruptedException {
        while (true) {
            Signal signal = queue.signals().poll(patience(), TimeUnit.NANOSECONDS);
            events.tick();
            Optional<Outcome> outcome = signal == null ? silence() : take(signal);
            if (outcome.isPresent()) {
                return outcome.get();
            }
            keepAlive();
        }
    }

    private long patience() {
        long now = System.nanoTime();
        long keepAlive = lastWritten + settings.keepAlive().toNanos() - now;
        long silence = lastHeard + settings.silence().toNanos() - now;
        return Math.max(0, Math.min(events.due(), Math.min(keepAlive, silence)));
    }

    private Optional<Outcome> silence() throws IOException {
        long now = System.nanoTime();
        if (now - lastHeard >= settings.silence().toNanos()) {
            String time = settings.silence().toMillis() + " ms";
            return failed(problems.down("said nothing for " + time + ", which is the limit"), -1);
        }
        return Optional.empty();
    }

    /** Also while the provider sends what the guest does not see: comments, and tool calls that are held back. */
    private void keepAlive() throws IOException {
        long now = System.nanoTime();
        if (now - lastWritten >= settings.keepAlive().toNanos()) {
            reply.keepAlive();
            lastWritten = now;
        }
    }

    private Optional<Outcome> take(Signal signal) throws IOException {
        lastHeard = System.nanoTime();
        return switch (signal) {
            case Signal.Started started -> {
                head = started;
                yield Optional.empty();
            }
            case Signal.Data data -> data(data);
            case Signal.Ended ended -> end();
            case Signal.Broken(BadAnswer bad) ->
                failed(problems.down("sent an answer that cannot be read: " + bad.getMessage()), -1);
            case Signal.Broken(Throwable cause) ->
                failed(problems.down((answered ? "broke off its answer: " : "cannot be reached: ") + cause), 0);
            case Signal.Stop stop -> Optional.of(new Outcome.Stopped());
        };
    }

    private Optional<Outcome> data(Signal.Data data) throws IOException {
        if (head.status() != 200 || isWhole()) {
            int room = (head.status() == 200 ? settings.maxAnswerBytes() : ERROR_BODY) - whole.size();
            whole.write(data.bytes(), 0, Math.clamp(room, 0, data.bytes().length));
        } else {
            try {
                parser.feed(data.bytes(), this::event);
            } catch (IOException e) {
                return failed(problems.down("sent too much: " + e.getMessage()), -1);
            }
            if (reply.flush()) {
                lastWritten = System.nanoTime();
            }
        }
        if (problem != null) {
            return failed(problem, passing ? 0 : -1);
        }
        if (done) {
            return complete();
        }
        data.done();
        return Optional.empty();
    }

    private boolean isWhole() {
        return head.contentType().contains("json");
    }

    private void event(byte[] data) {
        if (done || problem != null) {
            return;
        }
        if (data.length == 6 && new String(data, StandardCharsets.US_ASCII).equals("[DONE]")) {
            done = true;
            return;
        }
        JsonNode chunk;
        try {
            chunk = Json.MAPPER.readTree(data);
        } catch (JacksonException e) {
            problem = problems.down("sent an event that is not JSON: " + e.getOriginalMessage());
            return;
        }
        if (!chunk.path("error").isMissingNode() && !chunk.path("error").isNull()) {
            problem = problems.inStream(chunk.get("error"));
            passing = UpstreamProblem.passes(UpstreamProblem.statusOf(chunk.get("error")));
            return;
        }
        chunk(chunk, data);
    }

    private void chunk(JsonNode chunk, byte[] data) {
        answered = true;
        fold.accept(chunk);
        if (fold.size() > settings.maxAnswerBytes()) {
            problem = problems.down(
                    "answered more than " + settings.maxAnswerBytes() + " characters, which is the limit");
            return;
        }
        boolean onlyUsage =
                chunk.path("choices").isEmpty() && chunk.path("usage").isObject();
        if (!onlyUsage || wantsUsage) {
            reply.event(data, fold.holding());
        }
    }

    private Optional<Outcome> end() throws IOException {
        if (head.status() != 200) {
            boolean soon = head.retryAfter() <= LONGEST_RETRY_AFTER;
            String body = whole.toString(StandardCharsets.UTF_8);
            boolean again = UpstreamProblem.passes(head.status()) && !UpstreamProblem.spent(body);
            return failed(problems.status(head.status(), body), again && soon ? head.retryAfter() : -1);
        }
        if (isWhole()) {
            wholeBody();
        } else {
            parser.end(this::event);
        }
        if (problem != null) {
            return failed(problem, passing ? 0 : -1);
        }
        if (!done && fold.finishReason().isEmpty()) {
            return failed(problems.down("ended the stream before the answer"), 0);
        }
        return complete();
    }

    /** A provider that does not stream: its body is one chunk. */
    private void wholeBody() {
        try {
            JsonNode body = Json.MAPPER.readTree(whole.toByteArray());
            for (JsonNode choice : body.path("choices")) {
                if (choice instanceof ObjectNode object
                        && object.path("message").isObject()) {
                    object.set("delta", object.remove("message"));
                    int index = 0;
                    for (JsonNode call : object.path("delta").path("tool_calls")) {
                        ((ObjectNode) call).put("index", index++);
                    }
                }
            }
            event(Json.bytes(body));
        } catch (JacksonException | ClassCastException e) {
            problem = problems.down("sent a body that is no completion");
        }
    }

    private Optional<Outcome> complete() {
        if (!answered) {
            return failed(problems.down("ended the stream without an answer"), 0);
        }
        if (fold.finishReason().filter("error"::equals).isPresent()) {
            return failed(problems.down("broke off its answer and did not say why"), -1);
        }
        return Optional.of(new Outcome.Whole());
    }

    /** Once something of the answer came, there is no second try: the guest may have seen it. */
    private Optional<Outcome> failed(Problem what, long retryAfter) {
        return Optional.of(new Outcome.Failed(what, answered ? -1 : retryAfter));
    }
}
