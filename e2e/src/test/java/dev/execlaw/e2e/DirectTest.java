package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.image.Image;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A real machine whose agent, a double of nullclaw, has the provider's key and calls it by itself: one within the machine. */
class DirectTest {

    private static final String KEY = "sk-direct-0123456789abcdef";

    /** A model that asks for a tool, and is done when it has the result. */
    private static final String MODEL = """
            import json
            from http.server import BaseHTTPRequestHandler, HTTPServer
            class Model(BaseHTTPRequestHandler):
                def do_POST(self):
                    body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                    call = '<tool_call>{"name":"shell","arguments":{"command":"echo $((6*7))"}}</tool_call>'
                    done = "[Tool results]" in body["messages"][-1]["content"]
                    text = "It is **42**." if done else "I look. " + call
                    self.send_response(200)
                    self.end_headers()
                    for piece in ({"delta": {"content": text}}, {"delta": {}, "finish_reason": "stop"}):
                        self.wfile.write(b"data: " + json.dumps({"choices": [piece]}).encode() + b"\\n\\n")
                    self.wfile.write(b"data: [DONE]\\n\\n")
            HTTPServer(("127.0.0.1", 9009), Model).serve_forever()
            """;

    @TempDir
    private Path directory;

    @Test
    void consoleAndNotesTellOfATurn() throws Exception {
        Path data = Product.dataDirectory(directory);
        Image image = A2aTest.image(data, directory);
        try (Product product = Product.start(data, """
                [network]
                mode = "tap"
                prefix = "10.79.0.0/16"
                [image]
                name = "%s"
                [provider.inside]
                base_url = "http://127.0.0.1:9009/v1"
                models = ["m"]
                """.formatted(image.id()))) {
            Api api = product.api();
            ObjectNode request = api.object().put("provider", "inside").put("model", "m");
            request.put("apiKey", KEY).put("keyMode", "direct");
            String id = api.post("/sessions", request, 201).path("id").asString();
            api.awaitIdle(id);
            shell(api, id, "cat >/tmp/model.py; setsid python3 /tmp/model.py >/tmp/model.log 2>&1 </dev/null &", MODEL);
            shell(api, id, "curl -s --retry 20 --retry-connrefused --retry-delay 1 127.0.0.1:9009", "");

            List<JsonNode> turn = api.turn(id, "what is it?");
            assertThat(Api.text(turn, "tool_result")).as(turn.toString()).startsWith("42");
            assertThat(Api.text(turn, "message")).isEqualTo("I look. It is **42**.");
            assertThat(turn.stream().map(Api::type).filter(type -> type.startsWith("tool_")))
                    .containsExactly("tool_call", "tool_result");
            assertThat(turn.toString()).contains("\"reason\":\"completed\"");
            List<JsonNode> next = api.turn(id, "two\nlines");
            assertThat(next.stream().map(Api::type).filter("tool_result"::equals))
                    .hasSize(1);

            String config = shell(
                    api,
                    id,
                    "f=$(readlink -f /root/.nullclaw/config.json); grep -c yolo $f; findmnt -no FSTYPE -T $f",
                    "");
            assertThat(config)
                    .as("the key is in memory alone, whatever was changed")
                    .isEqualTo("1\ntmpfs\n");
            assertThat(new Search(List.of(KEY)).inTree(data)).isEmpty();
            api.delete(id);
        }
    }

    private static String shell(Api api, String id, String command, String stdin) {
        ObjectNode body = api.object().put("command", command).put("stdin", stdin);
        return api.post("/sessions/" + id + "/exec", body, 200).path("stdout").asString();
    }
}
