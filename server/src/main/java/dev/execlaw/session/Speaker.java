package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.PermissionAnswer;
import dev.execlaw.event.EventPayload.PermissionRequest;
import dev.execlaw.event.EventPayload.TurnFinished;
import dev.execlaw.microvm.console.Console;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.MessageRow;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The turns of an agent that is spoken to by its protocol. Such an agent tells itself what it does; the gateway tells what
 * it costs. For all others this does nothing. Belongs to the supervisor's thread.
 */
final class Speaker {

    private final Inside inside;
    private final Chronicle chronicle;
    private final AgentAdapter agent;
    private final int run;
    private final Consumer<Mail> mail;
    private final Duration patience;
    private final Outputs outputs;
    private final Map<String, PermissionRequest> open = new LinkedHashMap<>();
    private @Nullable Speech speech;
    private final @Nullable A2aTurns a2a;
    private @Nullable DirectTalk direct;

    /**
     * @param patience for the agent to make itself known
     * @param outputs keeps what is too long to be told whole
     */
    Speaker(
            Inside inside,
            Chronicle chronicle,
            AgentAdapter agent,
            int run,
            Consumer<Mail> mail,
            Duration patience,
            Outputs outputs) {
        this.inside = inside;
        this.chronicle = chronicle;
        this.agent = agent;
        this.run = run;
        this.mail = mail;
        this.patience = patience;
        this.outputs = outputs;
        this.a2a = agent.asked()
                .map(command -> new A2aTurns(command, run, inside::shell, mail, patience))
                .orElse(null);
    }

    /** Begins a turn. Returns false where the agent reads its console. */
    boolean begin(MessageRow message, Turn turn, Console console) {
        if (a2a != null) {
            a2a.begin(message);
            return true;
        }
        Optional<String> command = agent.dialogue();
        if (command.isEmpty() && chronicle.settings().keyMode() == KeyMode.DIRECT) {
            turn.byPromptAlone();
            DirectTalk begun = new DirectTalk(message, chronicle, line -> mail.accept(new Mail.Noted(run, line)));
            begun.give(inside.way(), console, problem -> mail.accept(new Mail.CallFailed(run, problem)));
            direct = begun;
            return true;
        }
        if (command.isEmpty()) {
            return false;
        }
        turn.callStarted(); // it may work for long before it asks a model, or without one
        Speech begun = new Speech(
                message.id(),
                message.text(),
                patience,
                outputs,
                (from, news) -> mail.accept(new Mail.Spoken(run, from, news)));
        speech = begun;
        try {
            begun.begin(inside.shell(), command.get());
        } catch (ProblemException e) {
            mail.accept(new Mail.Spoken(run, begun, new Voice.News.Broken(e.problem())));
        }
        return true;
    }

    /** Whether this is no witness of the agent's turn, since it tells of that itself. What it costs is. */
    boolean overhears(Mail.Talk talk) {
        if (talk instanceof Mail.Printed(int _, String text)) {
            Optional.ofNullable(direct).ifPresent(answer -> answer.printed(text));
            return true;
        }
        if (talk instanceof Mail.Noted(int _, String line)) {
            Optional.ofNullable(direct).ifPresent(answer -> answer.noted(line));
            return true;
        }
        if (a2a != null) {
            return a2a.overhears(talk, chronicle.state() instanceof SessionState.Recovering);
        }
        if (agent.dialogue().isEmpty()) {
            return false;
        }
        return switch (talk) {
            case Mail.CallStarted _, Mail.CallFinished _ -> true;
            case Mail.CallFailed(int _, var problem) -> {
                chronicle.event(new EventPayload.Failure(problem));
                yield true;
            }
            case Mail.Traffic(int _, EventPayload payload) ->
                payload instanceof EventPayload.Message
                        || payload instanceof EventPayload.Thinking
                        || payload instanceof EventPayload.ToolCall
                        || payload instanceof EventPayload.ToolCallDelta
                        || payload instanceof EventPayload.ToolCallWithdrawn
                        || payload instanceof EventPayload.ToolResult
                        || payload instanceof EventPayload.SideCall
                        || payload instanceof EventPayload.SideCallFinished
                        || (payload instanceof EventPayload.SideEvent side
                                && !side.event().equals("usage"));
            case Mail.Printed _,
                    Mail.Noted _,
                    Mail.CaughtUp _,
                    Mail.Console _,
                    Mail.ToolInterrupted _,
                    Mail.Dressed _,
                    Mail.Spoken _ -> false;
        };
    }

    /** The agent tells something. Returns how the turn ended, once it has. */
    Optional<TurnFinished> hear(Mail.Spoken told, @Nullable Turn turn) {
        if (a2a != null) {
            a2a.hear(told);
            return Optional.empty();
        }
        if (told.voice() instanceof Speech teller && told.news() instanceof Voice.News.Shown) {
            teller.heard();
        }
        if (turn == null || told.voice() != speech) {
            return Optional.empty();
        }
        chronicle.active();
        return switch (told.news()) {
            case Voice.News.Shown(EventPayload payload) -> {
                chronicle.event(payload);
                yield Optional.empty();
            }
            case Voice.News.Asked(PermissionRequest request) -> {
                open.put(request.id(), request);
                chronicle.event(request);
                chronicle.become(new SessionState.Busy(true));
                yield Optional.empty();
            }
            case Voice.News.Ended(String reason) -> {
                turn.callFinished(true, System.nanoTime());
                yield turn.atPrompt().map(end -> worded(end, reason));
            }
            case Voice.News.Broken(var problem) -> {
                chronicle.event(new EventPayload.Failure(problem));
                turn.callFailed(problem, System.nanoTime());
                // Where the agent has died its console tells so in a moment, and better.
                yield problem.code() == ErrorCode.AGENT_EXIT && !turn.stopping() && lost(problem.detail())
                        ? Optional.empty()
                        : turn.atPrompt();
            }
        };
    }

    private static boolean lost(String detail) {
        return detail.startsWith("the agent's side was closed");
    }

    private static TurnFinished worded(TurnFinished end, String reason) {
        if (!end.reason().equals("completed")) {
            return end;
        }
        return switch (reason) {
            case "max_tokens", "max_turn_requests" ->
                new TurnFinished("failed", "The agent ended the turn at a limit of its own (" + reason + ").");
            case "refusal" -> new TurnFinished("failed", "The agent refused to go on.");
            case "cancelled" -> new TurnFinished("stopped", "The agent says that the turn was cancelled.");
            default -> end;
        };
    }

    /** Asks the agent to end the turn. Returns false where it is not spoken to. */
    boolean cancel() {
        if (a2a != null) {
            a2a.cancel();
            return true;
        }
        Speech running = speech;
        if (running == null) {
            return false;
        }
        running.cancel();
        withdraw();
        return true;
    }

    /** The user answers a question for leave. */
    void answer(String request, String option) {
        PermissionRequest asked = open.get(request);
        if (asked == null) {
            throw new ProblemException(
                    ErrorCode.NOT_FOUND,
                    "the agent does not ask \"" + request + "\"",
                    "those that wait are its events permission_request without a permission_answer");
        }
        List<String> options =
                asked.options().stream().map(PermissionRequest.Option::id).toList();
        if (!options.contains(option)) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "\"" + option + "\" is no option of this question",
                    "send one of: " + String.join(", ", options));
        }
        open.remove(request);
        chronicle.event(new PermissionAnswer(request, option));
        if (open.isEmpty()) {
            chronicle.become(new SessionState.Busy());
        }
        Speech running = speech;
        if (running != null) {
            running.choose(request, option);
        }
    }

    /** The turn is over, or nobody listens any more. */
    void over() {
        withdraw();
        Optional.ofNullable(direct).ifPresent(DirectTalk::end);
        direct = null;
        Optional.ofNullable(a2a).ifPresent(A2aTurns::over);
        Speech last = speech;
        speech = null;
        if (last != null) {
            last.end();
        }
    }

    private void withdraw() {
        open.keySet().forEach(request -> chronicle.event(new PermissionAnswer(request, null)));
        open.clear();
        if (chronicle.state() instanceof SessionState.Busy(boolean waits) && waits) {
            chronicle.become(new SessionState.Busy());
        }
    }
}
