package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import dev.execlaw.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/** A listener that writes down what it is told, deltas of one part joined, ids replaced by their order. */
final class RecordedTraffic implements TrafficListener {

    private final List<String> log = new ArrayList<>();
    private final List<EventPayload> events = new ArrayList<>();
    private final List<String> ids = new ArrayList<>();
    private String part = "";

    synchronized List<String> log() {
        return List.copyOf(log);
    }

    synchronized List<EventPayload> events() {
        return List.copyOf(events);
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
        switch (payload) {
            case EventPayload.Message(String text, String id) -> text("message", id, text);
            case EventPayload.Thinking(String text, String id) -> text("thinking", id, text);
            case EventPayload.ToolCall call ->
                add("tool_call " + number(call.id()) + " " + call.name() + " " + call.arguments());
            case EventPayload.ToolResult result ->
                add("tool_result " + number(result.id()) + " " + result.status() + " " + result.exitCode() + " "
                        + result.output());
            case EventPayload.Usage usage -> add("usage " + usage.inputTokens() + " " + usage.outputTokens());
            case EventPayload.BudgetWarning warning -> add("warning " + warning.budget());
            case EventPayload.BudgetReached why -> add("reached " + why.budget());
            case EventPayload.Notice(String text) -> add("notice " + text);
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
