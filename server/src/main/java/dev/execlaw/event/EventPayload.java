package dev.execlaw.event;

import dev.execlaw.problem.Problem;
import dev.execlaw.session.ModelSettings;
import dev.execlaw.session.SessionPolicy;
import dev.execlaw.session.SessionView;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What an event says. The set is closed; the JSON type name of each is {@link #type()}. */
public sealed interface EventPayload {

    /** Type name in JSON, e.g. {@code user_message}. */
    String type();

    /** The session's whole small state after a change: never only an edge, so a missed one cannot leave a viewer wrong. */
    record SessionChanged(SessionView session) implements EventPayload {
        @Override
        public String type() {
            return "session";
        }
    }

    /** The session is gone, its log too; this is all that stays. */
    record SessionDeleted() implements EventPayload {
        @Override
        public String type() {
            return "session_deleted";
        }
    }

    /**
     * One finished step of a start.
     *
     * @param step {@code admit, disk, network, vmm, kernel, guest, agent, model, ready}
     * @param ms how long this step took, milliseconds
     * @param detail what was done, e.g. "reflink"; may be empty
     */
    record BootStep(String step, long ms, String detail) implements EventPayload {
        @Override
        public String type() {
            return "boot_step";
        }
    }

    /** What the user wrote, whole. */
    record UserMessage(String id, String text) implements EventPayload {
        @Override
        public String type() {
            return "user_message";
        }
    }

    /** A queued message was taken back before its turn. */
    record MessageRemoved(String id) implements EventPayload {
        @Override
        public String type() {
            return "message_removed";
        }
    }

    /** The agent was given this message. */
    record TurnStarted(String message) implements EventPayload {
        @Override
        public String type() {
            return "turn_started";
        }
    }

    /** More text of the answer. Events with the same {@code part} are one text, to be joined in order. */
    record Message(String text, String part) implements EventPayload {
        @Override
        public String type() {
            return "message";
        }
    }

    /** More text of the model's reasoning, joined like {@link Message}. */
    record Thinking(String text, String part) implements EventPayload {
        @Override
        public String type() {
            return "thinking";
        }
    }

    /** The model asked for a tool; {@code arguments} is an object, or a string where the model's JSON was broken. */
    record ToolCall(String id, String name, JsonNode arguments) implements EventPayload {
        @Override
        public String type() {
            return "tool_call";
        }
    }

    /**
     * A tool call that the model is still writing, for who watches: {@link ToolCall} with the same id tells it whole, or
     * {@link ToolCallWithdrawn} that there is none. Joined, they are a beginning of the arguments: what comes in the last
     * moment is told by the whole call only.
     *
     * @param text more of the arguments as the model wrote them; empty with the first at times
     */
    record ToolCallDelta(String id, String name, String text) implements EventPayload {
        @Override
        public String type() {
            return "tool_call_delta";
        }
    }

    /** What was told of this call by {@link ToolCallDelta} was no call: the answer broke off, or it was text. */
    record ToolCallWithdrawn(String id) implements EventPayload {
        @Override
        public String type() {
            return "tool_call_withdrawn";
        }
    }

    /**
     * What the tool gave back.
     *
     * @param id that of its call
     * @param status {@code ok} or {@code error}
     * @param exitCode of a command where the agent told it
     * @param wholeChars length of the whole output where {@code output} is only its beginning; the whole is had from
     *     {@code /sessions/ID/outputs/ID} as long as it is kept
     */
    record ToolResult(
            String id,
            String output,
            String status,
            @Nullable Integer exitCode,
            @Nullable Long wholeChars) implements EventPayload {
        @Override
        public String type() {
            return "tool_result";
        }

        /** The same, told to {@code most} characters at most; what is longer is the beginning of the whole. */
        public ToolResult toldTo(int most) {
            if (output.length() <= most) {
                return this;
            }
            int end = Character.isHighSurrogate(output.charAt(most - 1)) ? most - 1 : most;
            return new ToolResult(id, output.substring(0, end), status, exitCode, (long) output.length());
        }
    }

    /**
     * The agent asks its model something beside the user's turn. What comes of it is told by {@link SideEvent}s and ends
     * with {@link SideCallFinished}; a {@code follow_up} has neither: it is the agent's word to itself within the turn, and
     * what follows is the answer.
     *
     * @param kind {@code subagent, compaction, probe, startup, follow_up, other}
     * @param title what was asked, in one line
     * @param call id of the tool call that it serves, where one was recognised
     */
    record SideCall(
            String id, String kind, String title, @Nullable String call) implements EventPayload {
        @Override
        public String type() {
            return "side_call";
        }
    }

    /**
     * An event that belongs to a side call and not to the turn.
     *
     * @param of id of the {@link SideCall}
     * @param event type of the event within: a message, thinking, tool call or tool result
     */
    record SideEvent(String of, String event, JsonNode payload) implements EventPayload {
        @Override
        public String type() {
            return "side_event";
        }
    }

    /**
     * The side call has its answer. One that goes on after all just tells more events, and its end again.
     *
     * @param reason {@code completed, stopped, failed}
     */
    record SideCallFinished(String id, String reason) implements EventPayload {
        @Override
        public String type() {
            return "side_call_finished";
        }
    }

    /**
     * Tokens of one model call.
     *
     * @param model as the provider named it
     * @param inputTokens of the whole prompt, those from a cache among them
     * @param outputTokens of the whole answer, those of thinking among them
     * @param cachedInputTokens of the prompt that came from the provider's cache; null where it does not tell
     * @param reasoningTokens of the answer that were thinking; null where it does not tell
     * @param cost in US dollars, as the provider says or by its price; null where neither is known
     * @param provider id of the provider; null in events of older builds
     * @param estimated true where the provider did not come to report its count: the tokens are guessed from the text
     */
    record Usage(
            String model,
            long inputTokens,
            long outputTokens,
            @Nullable Long cachedInputTokens,
            @Nullable Long reasoningTokens,
            @Nullable Double cost,
            @Nullable String provider,
            @Nullable Boolean estimated)
            implements EventPayload {

        /** One whose provider told no more than this. */
        public Usage(String model, long inputTokens, long outputTokens) {
            this(model, inputTokens, outputTokens, null, null, null, null, null);
        }

        /** One that was counted by the provider, not guessed. */
        public Usage(
                String model,
                long inputTokens,
                long outputTokens,
                @Nullable Long cachedInputTokens,
                @Nullable Long reasoningTokens,
                @Nullable Double cost) {
            this(model, inputTokens, outputTokens, cachedInputTokens, reasoningTokens, cost, null, null);
        }

        @Override
        public String type() {
            return "usage";
        }
    }

    /**
     * The turn is over.
     *
     * @param reason {@code completed, stopped, budget, failed, agent_exited, machine_ended, server_restarted}
     * @param detail one sentence for people; empty when completed
     */
    record TurnFinished(String reason, String detail) implements EventPayload {
        @Override
        public String type() {
            return "turn_finished";
        }
    }

    /**
     * Most of a budget is used. Told once for each budget and limit.
     *
     * @param budget {@code tokens, usd, requests, minutes}
     * @param used of it so far, in the budget's unit
     * @param limit of it
     * @param text the same in words
     */
    record BudgetWarning(String budget, double used, double limit, String text) implements EventPayload {
        @Override
        public String type() {
            return "budget_warning";
        }
    }

    /**
     * A budget is used up, or a rate cap would have had a call wait too long: the turn ends, and goes on with a message
     * after a change of the policy.
     *
     * @param budget {@code tokens, usd, requests, minutes, requestsPerMin, tokensPerMin}
     * @param used of it, in the budget's unit
     * @param limit of it
     * @param text the same in words, as the agent is told it
     */
    record BudgetReached(String budget, double used, double limit, String text) implements EventPayload {
        @Override
        public String type() {
            return "budget_reached";
        }
    }

    /** The session's budgets and caps were changed. */
    record PolicyChanged(SessionPolicy policy) implements EventPayload {
        @Override
        public String type() {
            return "policy";
        }
    }

    /** From the next model call on this one is asked. */
    record ModelChanged(String provider, String model) implements EventPayload {
        @Override
        public String type() {
            return "model_changed";
        }
    }

    /** From the next model call on the model is asked in this way. */
    record ModelSettingsChanged(ModelSettings settings) implements EventPayload {
        @Override
        public String type() {
            return "model_settings";
        }
    }

    /**
     * The agent waits for leave to do something.
     *
     * @param id of this question, unique in the session
     * @param title what it wants to do, as the agent puts it
     * @param arguments of the tool; an object
     * @param options among which the user chooses
     */
    record PermissionRequest(String id, String title, JsonNode arguments, List<Option> options)
            implements EventPayload {

        public PermissionRequest {
            options = List.copyOf(options);
        }

        /** One answer; its kind is {@code allow_once, allow_always, reject_once, reject_always}, or the agent's own. */
        public record Option(String id, String name, String kind) {}

        @Override
        public String type() {
            return "permission_request";
        }
    }

    /** The question was answered with an option; or with none, since the turn has ended. */
    record PermissionAnswer(String id, @Nullable String option) implements EventPayload {
        @Override
        public String type() {
            return "permission_answer";
        }
    }

    /** What the guest may reach was changed; the entries are those of an allow-list. */
    record NetworkChanged(String policy, List<String> allow) implements EventPayload {

        public NetworkChanged {
            allow = List.copyOf(allow);
        }

        @Override
        public String type() {
            return "network";
        }
    }

    /**
     * The machine was saved.
     *
     * @param seq position in the log that it stands for: all events up to it had happened
     * @param kind {@code start, turn, named, pause, undo}
     * @param name a person's name for it
     * @param diskBytes what its disk layer takes of the host
     * @param memoryBytes what devices and changed memory take
     * @param ms how long the guest stood still for it, milliseconds
     */
    record Checkpoint(long seq, String kind, @Nullable String name, long diskBytes, long memoryBytes, long ms)
            implements EventPayload {
        @Override
        public String type() {
            return "checkpoint";
        }
    }

    /** The checkpoint at this position was thinned out. */
    record CheckpointDropped(long seq) implements EventPayload {
        @Override
        public String type() {
            return "checkpoint_dropped";
        }
    }

    /**
     * The machine sleeps on disk.
     *
     * @param reason in words
     * @param ms how long it took to put it there
     * @param diskBytes what its memory, devices and newest disk layer take there
     */
    record Paused(String reason, long ms, long diskBytes) implements EventPayload {

        /** How the reason begins where the session had been idle for its limit. */
        public static final String IDLE = "it was idle for ";

        @Override
        public String type() {
            return "paused";
        }
    }

    /**
     * The machine runs again where it was.
     *
     * @param reason in words
     * @param ms from the reason to the agent's prompt
     */
    record Resumed(String reason, long ms) implements EventPayload {
        @Override
        public String type() {
            return "resumed";
        }
    }

    /**
     * Machine and conversation went back together.
     *
     * @param to position of the checkpoint that they are at now
     * @param from first event that is undone by this
     * @param through last event that is undone by this
     */
    record Rewound(long to, long from, long through) implements EventPayload {
        @Override
        public String type() {
            return "rewound";
        }
    }

    /** This session begins where another one was, at a position that both have. */
    record Forked(String session, long seq) implements EventPayload {
        @Override
        public String type() {
            return "forked";
        }
    }

    /** Other sessions were made from this one as it was at a position. */
    record ForkMade(List<String> sessions, long seq) implements EventPayload {

        public ForkMade {
            sessions = List.copyOf(sessions);
        }

        @Override
        public String type() {
            return "fork_made";
        }
    }

    /** In a fork's log, in the place of an event that told of its source's machine: positions are the same in both. */
    record Omitted() implements EventPayload {
        @Override
        public String type() {
            return "omitted";
        }
    }

    /** Something the user should know that is no error. */
    record Notice(String text) implements EventPayload {
        @Override
        public String type() {
            return "notice";
        }
    }

    /** Something failed. */
    record Failure(Problem problem) implements EventPayload {
        @Override
        public String type() {
            return "error";
        }
    }
}
