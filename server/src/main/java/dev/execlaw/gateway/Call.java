package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.Attempt.Outcome;
import dev.execlaw.gateway.GatewaySession.Route;
import dev.execlaw.gateway.Strands.Place;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One model call of a guest, from its request to the last byte of its reply. It runs on the thread of the request;
 * {@link #stop} may come from any other.
 */
final class Call {

    /** What the agent gets for an answer when the user stops the turn; not empty, or agents ask again. */
    static final String STOPPED = "Stopped by the user.";

    private static final Logger LOG = LoggerFactory.getLogger(Call.class);

    private final String id;
    private final OpenSession open;
    private final ChatRequest request;
    private final Route route;
    private final Place place;
    private final Telling telling;
    private final GatewaySettings settings;
    private volatile Signal.Queue queue = new Signal.Queue();
    private volatile boolean stopping;

    /**
     * @param id unique among all calls, also of earlier runs of the server
     */
    Call(String id, OpenSession open, ChatRequest request, Route route, GatewaySettings settings) {
        this.id = id;
        this.open = open;
        this.request = request;
        this.route = route;
        this.place = open.strands().enter(id, request);
        this.telling = new Telling(open, place);
        this.settings = settings;
    }

    /** The call is over, or never began. */
    void left() {
        open.strands().left(place.strand());
    }

    /** Ends the call: politely when the session is interrupted, at once when it is closed. */
    void stop() {
        stopping = true;
        queue.stop();
    }

    /**
     * Serves the call.
     *
     * @param providers provider by its id
     * @throws IOException when the guest is gone, or the session is
     */
    void serve(Function<String, Optional<Target>> providers, GuestReply reply) throws IOException {
        open.strands()
                .takeResults(place.strand(), request.messages(), this::result)
                .forEach(telling::event);
        telling.begins();
        AnswerEvents events = new AnswerEvents(id, settings.coalesce(), System::nanoTime, telling::event);
        AnswerFold fold = new AnswerFold(events, request::taggable);
        try {
            Outcome outcome = attempts(providers, reply, fold, events);
            if (open.closed()) {
                throw new IOException("session " + open.session().id() + " is closed");
            }
            switch (outcome) {
                case Outcome.Whole whole -> finish(reply, fold, events);
                case Outcome.Stopped stopped -> {
                    events.end();
                    telling.stopped();
                    reply.finishWith(STOPPED);
                }
                case Outcome.Failed(Problem problem, long retryAfter) -> {
                    events.end();
                    telling.failed(problem);
                    reply.finishWith((problem.detail() + " " + problem.next()).strip());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the gateway is shutting down");
        } catch (RuntimeException e) {
            LOG.error(
                    "session {}: a model call failed in the gateway",
                    open.session().id(),
                    e);
            Problem problem = new Problem(
                    ErrorCode.INTERNAL,
                    "The gateway failed: " + e.getClass().getSimpleName() + ".",
                    "See the server's log.");
            telling.failed(problem);
            reply.finishWith(problem.detail() + " " + problem.next());
        } catch (IOException e) {
            events.end();
            telling.failed(new Problem(
                    ErrorCode.AGENT_EXIT,
                    "The agent hung up before the model's answer was whole.",
                    "Send the message again."));
            throw e;
        }
    }

    private void finish(GuestReply reply, AnswerFold fold, AnswerEvents events) throws IOException {
        fold.end();
        events.end();
        open.strands().answered(place.strand(), fold.content(), events.calls());
        fold.usage().ifPresent(usage -> telling.usage(usage(fold, usage)));
        // A tag in an answer to an agent that takes native calls may be only talk about tags.
        boolean last = request.nativeTools() ? !fold.callsNatively() : !fold.callsNatively() && !fold.callsByTag();
        telling.finished(last);
        reply.finish(fold);
    }

    private EventPayload.ToolResult result(String call, ToolResults.Outcome outcome) {
        return open.result(call, outcome, settings.maxOutputChars());
    }

    private EventPayload.Usage usage(AnswerFold fold, JsonNode usage) {
        String model = fold.model().isEmpty() ? route.model() : fold.model();
        return new EventPayload.Usage(
                model,
                usage.path("prompt_tokens").asLong(0),
                usage.path("completion_tokens").asLong(0));
    }

    private Outcome attempts(
            Function<String, Optional<Target>> providers, GuestReply reply, AnswerFold fold, AnswerEvents events)
            throws IOException, InterruptedException {
        Optional<Target> target = providers.apply(route.provider());
        String key = route.apiKey();
        if (target.isEmpty()) {
            return failed(
                    ErrorCode.UNKNOWN_PROVIDER,
                    "There is no provider \"" + route.provider() + "\".",
                    "Choose another.");
        }
        if (target.get().needsKey() && (key == null || key.isBlank())) {
            return failed(
                    ErrorCode.KEY_MISSING,
                    "Provider " + route.provider() + " needs an API key and this session has none.",
                    "Start a session with a key.");
        }
        ObjectNode body =
                request.forProvider(route, open.session().id(), open.session().texts());
        UpstreamProblem problems = new UpstreamProblem(route.provider(), route.model(), key);
        for (int attempt = 0; ; attempt++) {
            Signal.Queue signals = new Signal.Queue();
            queue = signals;
            if (stopping || open.interrupted()) {
                return new Outcome.Stopped();
            }
            Provider.Exchange exchange = target.get().provider().call(body, key, signals);
            Outcome outcome;
            try {
                outcome = new Attempt(settings, signals, reply, fold, events, problems, request.wantsUsage()).run();
            } finally {
                exchange.cancel();
            }
            if (!(outcome instanceof Outcome.Failed failed)
                    || failed.retryAfter() < 0
                    || attempt >= settings.retries()
                    || !pause(attempt, failed.retryAfter())) {
                return outcome;
            }
        }
    }

    /** Waits before the next try. Returns false when the call shall end instead. */
    private boolean pause(int attempt, long retryAfter) throws InterruptedException {
        Signal.Queue signals = new Signal.Queue();
        queue = signals;
        long delay = Math.max(settings.retryDelay().toMillis() << attempt, TimeUnit.SECONDS.toMillis(retryAfter));
        return stopping || signals.signals().poll(delay, TimeUnit.MILLISECONDS) == null;
    }

    private static Outcome failed(ErrorCode code, String detail, String next) {
        return new Outcome.Failed(new Problem(code, detail, next), -1);
    }

    /** A provider and whether it needs a key. */
    record Target(Provider provider, boolean needsKey) {}
}
