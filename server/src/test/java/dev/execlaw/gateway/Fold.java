package dev.execlaw.gateway;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Writes an answer down, neighbouring pieces of one kind joined. */
final class Fold implements AnswerSink {

    final List<String> seen = new ArrayList<>();

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
    public void toolCall(String nativeId, String name, JsonNode arguments) {
        seen.add("call " + nativeId + ":" + name + arguments);
    }
}
