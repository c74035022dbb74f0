package dev.execlaw.gateway;

import dev.execlaw.event.EventJson;
import dev.execlaw.event.EventPayload;
import dev.execlaw.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** A listener that writes down what it is told, deltas of one part joined, ids replaced by their order. */
final class RecordedTraffic implements TrafficListener {

    private final List<String> log = new ArrayList<>();
    private final List<EventPayload> events = new ArrayList<>();
    private final List<String> ids = new ArrayList<>();
    private final Map<String, String> drafts = new TreeMap<>();
    private final Map<String, String> outputs = new TreeMap<>();
    private String part = "";

    synchronized List<String> log() {
        return List.copyOf(log);
    }

    synchronized List<EventPayload> events() {
        return List.copyOf(events);
    }

    /** Calls as they were told while they were written, by their number. */
    synchronized Map<String, String> drafts() {
        return Map.copyOf(drafts);
    }

    /** Whole outputs by the id of their call. */
    synchronized Map<String, String> outputs() {
        return Map.copyOf(outputs);
    }

    @Override
    public synchronized void keep(String call, String output) {
        outputs.put(call, output);
    }

    synchronized boolean has(String start) {
        return log.stream().anyMatch(line -> line.startsWith(start));
    }

    private void add(String line) {
        log.add(line);
        part = "";
    }

    private void text(String kind, String id, String text) {
        if (id.equals(part)) {
            log.set(log.size() - 1, log.getLast() + text);
        } else {
            add(kind + " " + text);
            part = id;
        }
    }

    private String number(String id) {
        if (!ids.contains(id)) {
            ids.add(id);
        }
        return "#" + (ids.indexOf(id) + 1);
    }

    @Override
    public synchronized void callStarted(String message) {
        add("started " + message);
    }

    @Override
    public synchronized void event(EventPayload payload) {
        events.add(payload);
        tell("", payload);
    }

    private void tell(String before, EventPayload payload) {
        switch (payload) {
            case EventPayload.Message(String text, String id) -> text(before + "message", id, text);
            case EventPayload.Thinking(String text, String id) -> text(before + "thinking", id, text);
            case EventPayload.ToolCall call ->
                add(before + "tool_call " + number(call.id()) + " " + call.name() + " " + call.arguments());
            case EventPayload.ToolResult result ->
                add(before + "tool_result " + number(result.id()) + " " + result.status() + " " + result.exitCode()
                        + " " + result.output());
            case EventPayload.Usage usage -> add("usage " + usage.inputTokens() + " " + usage.outputTokens());
            case EventPayload.BudgetWarning warning -> add("warning " + warning.budget());
            case EventPayload.BudgetReached why -> add("reached " + why.budget());
            case EventPayload.Notice(String text) -> add("notice " + text);
            case EventPayload.ToolCallDelta(String id, String name, String text) ->
                drafts.merge(number(id), name + " " + text, (known, _) -> known + text);
            case EventPayload.ToolCallWithdrawn(String id) -> add(before + "withdrawn " + number(id));
            case EventPayload.SideCall(String id, String kind, String title, String call) ->
                add("side " + number(id) + " " + kind + (call == null ? "" : " of " + number(call)) + ": " + title);
            case EventPayload.SideEvent(String of, String type, JsonNode inner) ->
                tell("  " + number(of) + " ", EventJson.payload(type, inner.toString()));
            case EventPayload.SideCallFinished(String id, String reason) -> add("side " + number(id) + " " + reason);
            default -> throw new IllegalStateException("unexpected " + payload);
        }
    }

    @Override
    public synchronized void callFinished(boolean last) {
        add(last ? "finished last" : "finished");
    }

    @Override
    public synchronized void callFailed(Problem problem) {
        add("failed " + problem.code() + " " + problem.detail());
    }
}
