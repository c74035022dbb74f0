package dev.execlaw.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/** A mail server's side of RFC 5321 as far as a submission needs it: EHLO, AUTH PLAIN, MAIL, RCPT, DATA, QUIT. */
final class SmtpDouble implements AutoCloseable {

    /** Every line that clients sent, of all connections, without the letters. */
    final List<String> commands = new CopyOnWriteArrayList<>();

    /** Letters as they came. */
    final BlockingQueue<String> letters = new LinkedBlockingQueue<>();

    /** What it says to who names a recipient. */
    volatile String toRecipient = "250 yes";

    /** When set, it greets and says nothing more. */
    volatile boolean mute;

    private final ServerSocket socket;

    SmtpDouble() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
        Thread.ofVirtual().name("smtp-double").start(this::accept);
    }

    int port() {
        return socket.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = socket.accept();
                Thread.ofVirtual().start(() -> {
                    try (client) {
                        serve(client);
                    } catch (IOException _) {
                        // The client has gone; the test sees what it sent before.
                    }
                });
            }
        } catch (IOException _) {
            // Closed by the test.
        }
    }

    private void serve(Socket client) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
        OutputStream out = client.getOutputStream();
        say(out, "220 double");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            commands.add(line);
            String verb = line.split(" ", 2)[0];
            if (mute) {
                continue;
            }
            switch (verb) {
                case "EHLO" -> say(out, "250-double\r\n250 AUTH PLAIN");
                case "AUTH" -> say(out, "235 welcome");
                case "RCPT" -> say(out, toRecipient);
                case "DATA" -> {
                    say(out, "354 go on");
                    letters.add(letter(in));
                    say(out, "250 taken");
                }
                case "QUIT" -> say(out, "221 bye");
                default -> say(out, "250 fine");
            }
        }
    }

    private static String letter(BufferedReader in) throws IOException {
        StringBuilder letter = new StringBuilder();
        for (String line = in.readLine(); line != null && !line.equals("."); line = in.readLine()) {
            letter.append(line).append("\r\n");
        }
        return letter.toString();
    }

    private static void say(OutputStream out, String line) throws IOException {
        out.write((line + "\r\n").getBytes(UTF_8));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
