package dev.execlaw.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** Writes an answer down, neighbouring pieces of one kind joined. */
final class Fold implements AnswerSink {

    final List<String> seen = new ArrayList<>();
    /** Name and arguments of calls as they were given while they were written. */
    final Map<Integer, StringBuilder> drafts = new TreeMap<>();

    private void add(String kind, String text) {
        int last = seen.size() - 1;
        if (last >= 0 && seen.get(last).startsWith(kind)) {
            seen.set(last, seen.get(last) + text);
        } else {
            seen.add(kind + text);
        }
    }

    @Override
    public void text(String text) {
        add("text:", text);
    }

    @Override
    public void thinking(String text) {
        add("thinking:", text);
    }

    @Override
    public void toolPart(int call, String name, String arguments) {
        drafts.computeIfAbsent(call, _ -> new StringBuilder(name + " ")).append(arguments);
    }

    @Override
    public void toolWithdrawn(int call) {
        drafts.remove(call);
    }

    @Override
    public void toolCall(int call, String nativeId, String name, JsonNode arguments) {
        seen.add("call " + nativeId + ":" + name + arguments);
    }
}
