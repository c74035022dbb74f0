package dev.execlaw.http;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A viewer of a console over the JDK's WebSocket. Acknowledges all it gets unless told not to. */
final class ConsoleClient implements WebSocket.Listener {

    final WebSocket socket;
    private final boolean acknowledge;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<String> texts = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private long offset;
    private int closeCode;
    private String closeReason = "";

    ConsoleClient(TestServer server, String path, boolean acknowledge, String... headers) throws Exception {
        this.acknowledge = acknowledge;
        WebSocket.Builder builder = server.client.newWebSocketBuilder().subprotocols("execlaw-console");
        if (headers.length == 0) {
            builder.header("Authorization", "Bearer " + TestServer.TOKEN);
        }
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        URI uri = URI.create(server.origin().replaceFirst("http", "ws") + "/api/v1" + path);
        socket = builder.buildAsync(uri, this).get(10, TimeUnit.SECONDS);
    }

    @Override
    public synchronized @Nullable CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
        byte[] part = new byte[data.remaining()];
        data.get(part);
        bytes.writeBytes(part);
        offset += part.length;
        if (acknowledge) {
            // The JDK's client allows one send at a time: the next bytes are asked for when this one is done.
            return webSocket
                    .sendText("{\"type\":\"ack\",\"offset\":" + offset + "}", true)
                    .thenAccept(sent -> sent.request(1));
        }
        webSocket.request(1);
        return null;
    }

    @Override
    public synchronized @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            texts.add(text.toString());
            var message = Json.MAPPER.readTree(text.toString());
            if (message.has("offset")) {
                offset = message.get("offset").longValue();
            }
            text.setLength(0);
        }
        webSocket.request(1);
        return null;
    }

    @Override
    public synchronized @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
        closeCode = code;
        closeReason = reason;
        return null;
    }

    synchronized byte[] bytes() {
        return bytes.toByteArray();
    }

    synchronized List<String> texts() {
        return List.copyOf(texts);
    }

    synchronized long offset() {
        return offset;
    }

    synchronized String closed() {
        return closeCode == 0 ? "" : closeCode + " " + closeReason;
    }

    static void until(String what, BooleanSupplier fact) {
        Awaitility.await(what).atMost(Duration.ofSeconds(20)).until(fact::getAsBoolean);
    }
}
