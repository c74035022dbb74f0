package dev.execlaw.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A provider on loopback that streams the same answer at full speed, prepared beforehand. Keeps connections open. */
final class LocalModel extends LocalProvider {

    static final String TOKEN = " word";
    private static final String DELTA =
            "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
                    + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + TOKEN
                    + "\"},\"finish_reason\":null}]}\n\n";
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

    private volatile byte[] first = new byte[0];
    private volatile byte[] rest = new byte[0];

    LocalModel() throws IOException {
        listen();
    }

    /** From now on an answer has this many tokens; the first goes out alone. */
    void deltas(int count) {
        first = (HEAD + chunk(DELTA)).getBytes(StandardCharsets.UTF_8);
        StringBuilder all = new StringBuilder();
        int batch = 64;
        for (int left = count - 1; left > 0; left -= batch) {
            all.append(chunk(DELTA.repeat(Math.min(batch, left))));
        }
        rest = all.append(chunk(END)).append("0\r\n\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String chunk(String data) {
        return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
    }

    @Override
    void serve(Socket socket) throws IOException {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        boolean again = true;
        while (again) {
            String head = head(in);
            if (head.isEmpty()) {
                return;
            }
            int at = head.indexOf("content-length:");
            int length = Integer.parseInt(
                    head.substring(at + 15, head.indexOf('\r', at)).strip());
            in.skipNBytes(length);
            out.write(first);
            out.write(rest);
            again = !head.contains("connection: close");
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                return "";
            }
            head.append((char) b);
        }
        return head.toString().toLowerCase(Locale.ROOT);
    }
}
