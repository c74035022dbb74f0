package dev.execlaw.a2a;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** One turn's requests and answers, in the forms that nullclaw gives them; the way between is a script. */
class A2aTalkTest {

    private static final A2aTalk.Patience PATIENCE = new A2aTalk.Patience(Duration.ofSeconds(2), Duration.ofMillis(5));

    private static final String SUBMITTED = event("{\"id\":\"task-7\",\"kind\":\"task\",\"contextId\":\"c\",\"status\":"
            + "{\"state\":\"submitted\",\"timestamp\":\"2026-05-27T10:00:00Z\"},\"metadata\":{}}");
    private static final String WORKING = event("{\"kind\":\"status-update\",\"taskId\":\"task-7\",\"contextId\":\"c\","
            + "\"status\":{\"state\":\"working\",\"message\":{\"parts\":[{\"kind\":\"text\",\"text\":"
            + "\"Calling tool: shell\"}]}},\"final\":false}");
    private static final String CHUNK = event(
            "{\"kind\":\"artifact-update\",\"taskId\":\"task-7\",\"contextId\":\"c\","
                    + "\"artifact\":{\"artifactId\":\"artifact-task-7\",\"parts\":[{\"kind\":\"text\",\"text\":"
                    + "\"\u017elu\u0165 \ud83e\udd9e data: {\\\"final\\\":true}\\n\\n\"}]},\"append\":true,\"lastChunk\":false}");

    private final Script line = new Script();
    private final A2aTalk talk = new A2aTalk(line, "c", PATIENCE);

    private static String event(String result) {
        return "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" + result + "}\n\n";
    }

    private static String end(String state) {
        return event("{\"kind\":\"status-update\",\"taskId\":\"task-7\",\"contextId\":\"c\",\"status\":{\"state\":\""
                + state + "\",\"timestamp\":\"2026-05-27T10:00:01Z\"},\"final\":true}");
    }

    private static String task(String state) {
        return "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"id\":\"task-7\",\"kind\":\"task\",\"contextId\":\"c\",\"status\":"
                + "{\"state\":\"" + state + "\",\"timestamp\":\"2026-05-27T10:00:01Z\"},\"metadata\":{}}}";
    }

    private static String refusal(int code, String message) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":" + code + ",\"message\":\"" + message + "\"}}";
    }

    /** Answers in turn; what is asked is kept. */
    private static final class Script implements A2aLine {

        private static final String UNHEARD = "curl: (7) connection refused";
        private final Deque<InputStream> streams = new ArrayDeque<>();
        private final Deque<String> answers = new ArrayDeque<>();
        private final List<JsonNode> asked = new ArrayList<>();

        void streams(String body) {
            streams.add(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
        }

        List<String> methods() {
            synchronized (asked) {
                return asked.stream().map(one -> one.path("method").asString()).toList();
            }
        }

        private void note(byte[] request) {
            synchronized (asked) {
                asked.add(A2aEvents.MAPPER.readTree(request));
            }
        }

        @Override
        public byte[] call(byte[] request) throws IOException {
            note(request);
            String answer = answers.remove();
            if (answer.equals(UNHEARD)) {
                throw new Unheard(answer);
            }
            if (answer.isEmpty()) {
                throw new IOException("the connection broke before the command's end");
            }
            return answer.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Answer open(byte[] request) {
            note(request);
            InputStream body = streams.remove();
            return new Answer() {
                @Override
                public InputStream body() {
                    return body;
                }

                @Override
                public boolean unheard(String stray) {
                    return stray.contains("curl: (7)");
                }

                @Override
                public void close() {}
            };
        }
    }

    /** Hands out what it has in pieces, as they come from a wire. */
    private static final class Pieces extends InputStream {

        private final byte[] all;
        private final int split;
        private int at;

        Pieces(String text, int split) {
            this.all = text.getBytes(StandardCharsets.UTF_8);
            this.split = split;
        }

        @Override
        public int read() {
            return at < all.length ? all[at++] & 0xff : -1;
        }

        @Override
        public int read(byte[] to, int from, int length) {
            if (at == all.length) {
                return -1;
            }
            int end = at < split ? split : all.length;
            int count = Math.min(length, end - at);
            System.arraycopy(all, at, to, from, count);
            at += count;
            return count;
        }
    }

    @Test
    void aTurnLastsUntilItsFinalStatusWhereverTheAnswerIsSplit() throws Exception {
        String whole = SUBMITTED + WORKING + CHUNK + end("completed");
        int length = whole.getBytes(StandardCharsets.UTF_8).length;
        for (int split = 0; split <= length; split++) {
            line.streams.add(new Pieces(whole, split));
            assertThat(new A2aTalk(line, "c", PATIENCE).prompt("m1", "execlaw-message-abc"))
                    .as("split at %d", split)
                    .isEqualTo("completed");
        }
        JsonNode request = line.asked.getFirst();
        assertThat(request.path("method").asString()).isEqualTo("message/stream");
        assertThat(request.at("/params/message/messageId").asString()).isEqualTo("m1");
        assertThat(request.at("/params/message/contextId").asString()).isEqualTo("c");
        assertThat(request.at("/params/message/parts/0/text").asString()).isEqualTo("execlaw-message-abc");
        assertThat(line.methods()).hasSize(length + 1).containsOnly("message/stream");
    }

    @Test
    void anErrorIsTold() {
        line.streams(SUBMITTED + "data: " + refusal(-32603, "Agent processing failed") + "\n\n");
        assertThatExceptionOfType(A2aException.class)
                .isThrownBy(() -> talk.prompt("m1", "x"))
                .withMessage("the agent answered message/stream with error -32603: Agent processing failed");
        line.streams("{\"error\":\"unauthorized\"}");
        assertThatExceptionOfType(A2aException.class)
                .isThrownBy(() -> new A2aTalk(line, "c", PATIENCE).prompt("m1", "x"))
                .withMessageContaining("unauthorized");
        line.streams("502 bad gateway\n");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> new A2aTalk(line, "c", PATIENCE).prompt("m1", "x"))
                .withMessage("the agent's endpoint said: 502 bad gateway");
    }

    @Test
    void whereNobodyListensYetItIsTriedAgainAndNotForEver() throws Exception {
        line.streams("curl: (7) Failed to connect to 127.0.0.1\n");
        line.streams("curl: (7) Failed to connect to 127.0.0.1\n");
        line.streams(SUBMITTED + end("completed"));
        assertThat(talk.prompt("m1", "x")).isEqualTo("completed");
        A2aTalk brief = new A2aTalk(line, "c", new A2aTalk.Patience(Duration.ZERO, Duration.ofMillis(5)));
        line.streams("curl: (7) Failed to connect to 127.0.0.1\n");
        assertThatExceptionOfType(A2aLine.Unheard.class)
                .isThrownBy(() -> brief.prompt("m1", "x"))
                .withMessageContaining("curl: (7)");
    }

    @Test
    void aTurnWhoseConnectionBrokeIsTakenUpAgain() throws Exception {
        line.streams(SUBMITTED + WORKING + "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"resu");
        line.answers.addAll(List.of("", Script.UNHEARD, task("working"), task("completed")));
        assertThat(talk.prompt("m1", "x")).isEqualTo("completed");
        assertThat(line.methods())
                .containsExactly("message/stream", "tasks/get", "tasks/get", "tasks/get", "tasks/get");
        assertThat(line.asked.getLast().at("/params/id").asString()).isEqualTo("task-7");
    }

    @Test
    void oneThatBrokeBeforeTheTaskHadANameIsFoundByItsConversation() throws Exception {
        String list = "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tasks\":[%s],\"nextPageToken\":\"\"}}";
        line.streams("");
        line.answers.addAll(
                List.of(list.formatted("{\"id\":\"task-9\",\"status\":{\"state\":\"working\"}}"), task("completed")));
        assertThat(talk.prompt("m1", "x")).isEqualTo("completed");
        assertThat(line.asked.getLast().at("/params/id").asString()).isEqualTo("task-9");
        line.streams("");
        line.answers.add(list.formatted(""));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> new A2aTalk(line, "c", PATIENCE).prompt("m1", "x"))
                .withMessageContaining("works on none");
    }

    @Test
    void anAgentThatWasStartedAgainKnowsTheTaskNoMore() {
        line.streams(SUBMITTED);
        line.answers.add(refusal(-32001, "Task not found"));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> talk.prompt("m1", "x"))
                .withMessageContaining("started again");
    }

    @Test
    void aCancelEndsTheTaskAlsoWhereItHadNoNameYet() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        line.streams.add(
                new FilterInputStream(
                        new ByteArrayInputStream((SUBMITTED + end("canceled")).getBytes(StandardCharsets.UTF_8))) {
                    @Override
                    public int read(byte[] to, int from, int length) throws IOException {
                        asked.countDown();
                        try {
                            goOn.await();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                        return super.read(to, from, length);
                    }
                });
        line.answers.add(refusal(-32002, "Task already in terminal state"));
        Thread canceller = Thread.ofVirtual().start(() -> {
            try {
                asked.await();
                talk.cancel();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                goOn.countDown();
            }
        });
        assertThat(talk.prompt("m1", "x")).isEqualTo("canceled");
        canceller.join();
        assertThat(line.methods()).containsExactly("message/stream", "tasks/cancel");
    }

    @Test
    void whatSomebodyElseLeftRunningIsEnded() throws Exception {
        String working = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tasks\":[{\"id\":\"task-3\",\"kind\":\"task\","
                + "\"contextId\":\"c\",\"status\":{\"state\":\"working\"},\"metadata\":{}}],\"pageSize\":1}}";
        line.answers.addAll(List.of(working, task("canceled"), task("canceled")));
        talk.settle();
        assertThat(line.methods()).containsExactly("tasks/list", "tasks/cancel", "tasks/get");
        line.answers.add("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tasks\":[],\"pageSize\":1}}");
        new A2aTalk(line, "c", PATIENCE).settle();
        assertThat(line.asked.getLast().at("/params/contextId").asString()).isEqualTo("c");
    }

    @Test
    void ofALongAnswerTheBeginIsEnough() throws Exception {
        String cut = task("completed").replace("\"metadata\":{}}}", "\"artifacts\":[{\"parts\":[{\"text\":\"lo");
        assertThat(A2aTask.read("tasks/get", cut.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new A2aTask("task-7", "completed"));
        for (String none : List.of("", "no json", "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{\"id\":\"task")) {
            assertThatExceptionOfType(IOException.class)
                    .as(none)
                    .isThrownBy(() -> A2aTask.read("tasks/get", none.getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void anEventWithoutAnEndIsNotKept() {
        line.streams.add(new InputStream() {
            @Override
            public int read() {
                return 'x';
            }

            @Override
            public int read(byte[] to, int from, int length) {
                Arrays.fill(to, from, from + length, (byte) 'x');
                return length;
            }
        });
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> talk.prompt("m1", "x"))
                .withMessageContaining("4194304");
    }
}
