package dev.execlaw.gateway;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Plays {@link DemoScript} token by token in the wire format of a real provider, one virtual thread for each call. */
final class DemoProvider implements Provider {

    /** Tokens on their way at once: a slow guest slows the model. */
    private static final int AHEAD = 64;

    @Override
    public Exchange call(ObjectNode request, @Nullable String key, ThinkingMemory memory, UpstreamSink sink) {
        CountDownLatch cancelled = new CountDownLatch(1);
        Thread thread = Thread.ofVirtual().name("demo-model").start(() -> play(request, sink, cancelled));
        return () -> {
            cancelled.countDown();
            thread.interrupt();
        };
    }

    private static void play(ObjectNode request, UpstreamSink sink, CountDownLatch cancelled) {
        Semaphore room = new Semaphore(AHEAD);
        try {
            DemoAnswer answer = DemoScript.answer(request);
            List<ObjectNode> deltas = deltas(request, answer);
            sink.started(200, "text/event-stream", 0);
            long start = System.nanoTime();
            long gap = answer.perSecond() == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / answer.perSecond();
            for (int i = 0; i < deltas.size(); i++) {
                if (cancelled.await(start + i * gap - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    throw new InterruptedException("the call was cancelled");
                }
                room.acquire();
                sink.data(chunk(request, deltas.get(i), null), room::release);
            }
            sink.data(
                    chunk(request, empty(), answer.tool() == null || !natively(request) ? "stop" : "tool_calls"),
                    () -> {});
            sink.data(usage(request, deltas.size()), () -> {});
            sink.data("data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII), () -> {});
            sink.ended();
        } catch (InterruptedException | RuntimeException e) {
            sink.broken(e);
        }
    }

    private static boolean natively(ObjectNode request) {
        return !request.path("tools").isEmpty();
    }

    private static ObjectNode empty() {
        return Json.MAPPER.createObjectNode();
    }

    private static List<ObjectNode> deltas(ObjectNode request, DemoAnswer answer) {
        List<ObjectNode> deltas = new ArrayList<>();
        deltas.add(empty().put("role", "assistant").put("content", ""));
        tokens(answer.thinking()).forEach(token -> deltas.add(empty().put("reasoning_content", token)));
        tokens(answer.text()).forEach(token -> deltas.add(empty().put("content", token)));
        DemoAnswer.Tool tool = answer.tool();
        if (tool != null && natively(request)) {
            String id = "call_demo_" + request.path("messages").size();
            deltas.add(call(empty().put("id", id).put("type", "function"), tool.name(), ""));
            pieces(tool.arguments().toString()).forEach(piece -> deltas.add(call(empty(), null, piece)));
        } else if (tool != null) {
            ObjectNode body = empty().put("name", tool.name());
            body.set("arguments", tool.arguments());
            pieces("\n<tool_call>" + body + "</tool_call>").forEach(piece -> deltas.add(empty().put("content", piece)));
        }
        return deltas;
    }

    private static ObjectNode call(ObjectNode call, @Nullable String name, String arguments) {
        ObjectNode delta = empty();
        ObjectNode function = call.put("index", 0).putObject("function");
        if (name != null) {
            function.put("name", name);
        }
        function.put("arguments", arguments);
        delta.putArray("tool_calls").add(call);
        return delta;
    }

    /** Words, each with the white space before it. */
    private static List<String> tokens(String text) {
        List<String> tokens = new ArrayList<>();
        int start = 0;
        for (int i = 1; i < text.length(); i++) {
            if (Character.isWhitespace(text.charAt(i)) && !Character.isWhitespace(text.charAt(i - 1))) {
                tokens.add(text.substring(start, i));
                start = i;
            }
        }
        if (start < text.length()) {
            tokens.add(text.substring(start));
        }
        return tokens;
    }

    private static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        int size = Math.max(12, text.length() / 500);
        for (int at = 0; at < text.length(); ) {
            int end = Math.min(text.length(), at + size);
            if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
                end++;
            }
            pieces.add(text.substring(at, end));
            at = end;
        }
        return pieces;
    }

    private static byte[] chunk(ObjectNode request, ObjectNode delta, @Nullable String finish) {
        ObjectNode chunk = head(request);
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
        choice.set("delta", delta);
        choice.put("finish_reason", finish);
        return event(chunk);
    }

    private static byte[] usage(ObjectNode request, int tokens) {
        ObjectNode chunk = head(request);
        chunk.putArray("choices");
        int prompt = request.path("messages").toString().length() / 4;
        chunk.putObject("usage")
                .put("prompt_tokens", prompt)
                .put("completion_tokens", tokens)
                .put("total_tokens", prompt + tokens);
        return event(chunk);
    }

    private static ObjectNode head(ObjectNode request) {
        return empty().put("id", "chatcmpl-demo")
                .put("object", "chat.completion.chunk")
                .put("created", 0)
                .put("model", request.path("model").asString(""));
    }

    private static byte[] event(ObjectNode chunk) {
        return ("data: " + chunk + "\n\n").getBytes(StandardCharsets.UTF_8);
    }
}
