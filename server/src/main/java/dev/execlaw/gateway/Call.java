package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.BudgetReached;
import dev.execlaw.gateway.Attempt.Outcome;
import dev.execlaw.gateway.GatewaySession.Route;
import dev.execlaw.gateway.Strands.Place;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One model call of a guest, from its request to the last byte of its reply. It runs on the thread of the request;
 * {@link #stop} may come from any other.
 */
final class Call {

    /** What the agent gets for an answer when the user stops the turn; not empty, or agents ask again. */
    static final String STOPPED = "Stopped by the user.";

    private static final int BUDGET_STATUS = 402;
    private static final int STOPPED_STATUS = 409;
    private static final int FAILED_STATUS = 502;

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

    // Of the thread of the request alone.
    private long prompt;
    private boolean begun;
    private Meter.@Nullable Running running;
    private @Nullable BudgetReached reached;

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
     * @throws GuestError when there is no answer and the agent should know
     */
    void serve(Function<String, Optional<Target>> providers, GuestReply reply) throws IOException, GuestError {
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
                    settle(fold);
                    tellReached();
                    telling.stopped();
                    end(reply, reached == null ? STOPPED_STATUS : BUDGET_STATUS, lastWord());
                }
                case Outcome.Failed(Problem problem, long retryAfter) -> {
                    events.end();
                    settle(fold);
                    telling.failed(problem);
                    end(reply, FAILED_STATUS, (problem.detail() + " " + problem.next()).strip());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            settle(fold);
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
            settle(fold);
            telling.failed(problem);
            reply.finishWith(problem.detail() + " " + problem.next());
        } catch (IOException e) {
            events.end();
            settle(fold);
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
        settle(fold);
        // A tag in an answer to an agent that takes native calls may be only talk about tags.
        boolean last = request.nativeTools() ? !fold.callsNatively() : !fold.callsNatively() && !fold.callsByTag();
        telling.finished(last);
        reply.finish(fold);
    }

    /**
     * Ends an answer that the model did not finish, as if it had said this. A summary is the exception: what we say would
     * stand in the place of the history, while agents know what to do about an error.
     *
     * @throws GuestError in place of a summary of which nothing was sent
     */
    private void end(GuestReply reply, int status, String text) throws IOException, GuestError {
        boolean summary = place.purpose() instanceof Purpose.Side side && side.kind() == SideKind.COMPACTION;
        if (summary && !reply.begun()) {
            throw new GuestError(status, "no_summary", text);
        }
        reply.finishWith(summary ? "" : text);
    }

    private EventPayload.ToolResult result(String call, ToolResults.Outcome outcome) {
        return open.result(call, outcome, settings.maxOutputChars());
    }

    /** Says what the call came to, once, if it came to anything. */
    private void settle(AnswerFold fold) {
        Meter.Running over = running;
        running = null;
        if (over == null) {
            return;
        }
        String model = fold.model().isEmpty() ? route.model() : fold.model();
        EventPayload.Usage usage = fold.usage()
                .map(reported -> Tokens.reported(route, model, reported))
                .orElseGet(() -> begun ? Tokens.guessed(route, model, prompt, Tokens.of(fold.size())) : null);
        Meter.Settled settled = over.settle(usage);
        EventPayload.Usage priced = settled.usage();
        if (priced != null) {
            telling.direct(priced);
        }
        settled.warnings().forEach(telling::direct);
    }

    /** What the agent gets for an answer that was ended. */
    private String lastWord() {
        BudgetReached why = reached;
        return why != null ? why.text() : open.session().meter().turnOver().orElse(STOPPED);
    }

    private void tellReached() {
        BudgetReached why = reached;
        if (why != null) {
            telling.direct(why);
        }
    }

    private void tooMuch(BudgetReached why) {
        reached = why;
        queue.stop();
    }

    /** Waits until the call may go. Returns false when it shall end instead. */
    private boolean admitted(GuestReply reply) throws IOException, InterruptedException {
        long began = System.nanoTime();
        boolean said = false;
        while (true) {
            Signal.Queue signals = new Signal.Queue();
            queue = signals;
            if (stopping || open.interrupted()) {
                return false;
            }
            Duration waited = Duration.ofNanos(System.nanoTime() - began);
            switch (open.session().meter().admit(new Meter.Asked(route.provider(), route.model(), prompt, waited))) {
                case Meter.Admission.Go(Meter.Running admitted) -> {
                    running = admitted;
                    return true;
                }
                case Meter.Admission.No(BudgetReached why) -> {
                    reached = why;
                    return false;
                }
                case Meter.Admission.Wait(Duration time, String why) -> {
                    if (!said) {
                        said = true;
                        telling.direct(new EventPayload.Notice(why));
                    }
                    long patience =
                            Math.min(time.toNanos(), settings.keepAlive().toNanos());
                    Signal _ = signals.signals().poll(patience, TimeUnit.NANOSECONDS);
                    reply.keepAlive();
                }
            }
        }
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
        UpstreamProblem problems = new UpstreamProblem(
                route.provider(),
                route.model(),
                key,
                () -> target.get().models().nearest(route.provider(), route.model()));
        prompt = Tokens.prompt(body);
        if (!admitted(reply)) {
            return new Outcome.Stopped();
        }
        GuestReply gauged = new GaugedReply(reply, fold, Objects.requireNonNull(running), this::tooMuch);
        for (int attempt = 0; ; attempt++) {
            Signal.Queue signals = new Signal.Queue();
            queue = signals;
            if (stopping || open.interrupted()) {
                return new Outcome.Stopped();
            }
            Provider.Exchange exchange = target.get().provider().call(body, key, open.thinking(), signals);
            Attempt tried = new Attempt(settings, signals, gauged, fold, events, problems, request.wantsUsage());
            Outcome outcome = new Outcome.Stopped();
            try {
                outcome = tried.run();
            } finally {
                begun |= tried.begun();
                if (outcome instanceof Outcome.Whole) {
                    exchange.release();
                } else {
                    exchange.cancel();
                }
            }
            if (!(outcome instanceof Outcome.Failed failed)
                    || failed.retryAfter() < 0
                    || attempt >= settings.retries()) {
                return outcome;
            }
            pause(attempt, failed.retryAfter());
        }
    }

    /** Waits before the next try; not longer than until the call is to end. */
    private void pause(int attempt, long retryAfter) throws InterruptedException {
        Signal.Queue signals = new Signal.Queue();
        queue = signals;
        long delay = Math.max(settings.retryDelay().toMillis() << attempt, TimeUnit.SECONDS.toMillis(retryAfter));
        if (!stopping) {
            Signal _ = signals.signals().poll(delay, TimeUnit.MILLISECONDS);
        }
    }

    private static Outcome failed(ErrorCode code, String detail, String next) {
        return new Outcome.Failed(new Problem(code, detail, next), -1);
    }

    /**
     * A provider and whether it needs a key.
     *
     * @param models what it has, for a model that it does not have
     */
    record Target(Provider provider, boolean needsKey, ModelCatalog models) {}
}
