package dev.execlaw.gateway;

import dev.execlaw.gateway.Play.Answer;
import dev.execlaw.gateway.Play.Part;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An answer as a provider may send it: as a stream in pieces that end anywhere, or as one body. */
final class Wire {

    private final Random random;
    private final String reasoning;
    private final String end;

    Wire(Random random) {
        this.random = random;
        this.reasoning = random.nextBoolean() ? "reasoning" : "reasoning_content";
        this.end = random.nextBoolean() ? "\n" : "\r\n";
    }

    void send(Answer answer, OutputStream out) throws Exception {
        boolean ordered = answer.parts().stream().noneMatch(Part.Reasoning.class::isInstance);
        if (ordered && random.nextInt(6) == 0) {
            FakeUpstream.status(out, "200 OK", "", whole(answer));
            return;
        }
        FakeUpstream.stream(out);
        for (byte[] piece : Chunks.of(stream(answer).getBytes(StandardCharsets.UTF_8), random)) {
            out.write(piece);
            if (random.nextInt(8) == 0) {
                out.flush();
            }
        }
        FakeUpstream.end(out, answer.calls() && !answer.tagged() ? "tool_calls" : "stop");
    }

    private String whole(Answer answer) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        ObjectNode choice = body.putArray("choices").addObject();
        ObjectNode message =
                choice.put("finish_reason", "stop").putObject("message").put("content", answer.content());
        if (!answer.tagged() && answer.calls()) {
            ArrayNode calls = message.putArray("tool_calls");
            for (Part part : answer.parts()) {
                if (part instanceof Part.Call call) {
                    ObjectNode one = calls.addObject().put("id", call.id());
                    one.putObject("function")
                            .put("name", call.tool())
                            .put("arguments", call.arguments().toString());
                }
            }
        }
        body.putObject("usage").put("prompt_tokens", 5).put("completion_tokens", 7);
        return body.toString();
    }

    private String stream(Answer answer) {
        StringBuilder wire = new StringBuilder();
        List<Part.Call> calls = new ArrayList<>();
        for (Part part : answer.parts()) {
            switch (part) {
                case Part.Reasoning(String text) ->
                    Chunks.of(text, random)
                            .forEach(piece -> delta(wire, "\"" + reasoning + "\":" + Chunks.json(piece)));
                case Part.Call call when !answer.tagged() -> calls.add(call);
                case Part.Text _, Part.Think _, Part.MadeUp _, Part.Broken _, Part.Call _ ->
                    Chunks.of(new Answer(List.of(part), answer.tagged()).content(), random)
                            .forEach(piece -> delta(wire, "\"content\":" + Chunks.json(piece)));
            }
        }
        natives(wire, calls);
        return wire.toString();
    }

    /** All begin in order; after that their arguments come in any. */
    private void natives(StringBuilder wire, List<Part.Call> calls) {
        List<List<String>> left = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            call(
                    wire,
                    i,
                    "\"id\":\"" + calls.get(i).id() + "\",",
                    "\"name\":\"" + calls.get(i).tool() + "\",",
                    "");
            left.add(new ArrayList<>(Chunks.of(calls.get(i).arguments().toString(), random)));
        }
        while (left.stream().anyMatch(pieces -> !pieces.isEmpty())) {
            int i = random.nextInt(left.size());
            if (!left.get(i).isEmpty()) {
                call(wire, i, "", "", left.get(i).removeFirst());
            }
        }
    }

    private void call(StringBuilder wire, int index, String id, String name, String arguments) {
        delta(
                wire,
                "\"tool_calls\":[{\"index\":" + index + "," + id + "\"function\":{" + name + "\"arguments\":"
                        + Chunks.json(arguments) + "}}]");
    }

    private void delta(StringBuilder wire, String fields) {
        if (random.nextInt(12) == 0) {
            wire.append(": keep-alive").append(end).append(end);
        }
        wire.append(random.nextBoolean() ? "data: " : "data:")
                .append("{\"choices\":[{\"index\":0,\"delta\":{")
                .append(fields)
                .append("}}]}")
                .append(end)
                .append(end);
    }
}
