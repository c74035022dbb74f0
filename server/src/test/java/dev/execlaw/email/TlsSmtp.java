package dev.execlaw.email;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/** A mail server with STARTTLS (RFC 3207) or TLS from the first byte (RFC 8314), and AUTH PLAIN and LOGIN. */
final class TlsSmtp implements AutoCloseable {

    private static final String STORE_PASSWORD = "of-no-worth";

    /** Lines that came without and with TLS. */
    final List<String> plain = new CopyOnWriteArrayList<>();

    final List<String> secret = new CopyOnWriteArrayList<>();
    final List<String> letters = new CopyOnWriteArrayList<>();
    volatile boolean implicit;
    volatile boolean offersTls = true;

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    private final SSLContext context = SSLContext.getInstance("TLS");
    private final String user;
    private final String password;

    /** With a certificate of its own for 127.0.0.1, made in this directory. */
    TlsSmtp(Path directory, String user, String password) throws Exception {
        this.user = user;
        this.password = password;
        Path file = directory.resolve("server.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=mail",
                        "-ext",
                        "SAN=IP:127.0.0.1",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        STORE_PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile())
                .start();
        if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            throw new IllegalStateException(Files.readString(directory.resolve("keytool.log")));
        }
        KeyStore store = KeyStore.getInstance(file.toFile(), STORE_PASSWORD.toCharArray());
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, STORE_PASSWORD.toCharArray());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", store.getCertificate("server"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        Thread.ofVirtual().name("tls-smtp").start(this::accept);
    }

    int port() {
        return socket.getLocalPort();
    }

    /** A client's side that trusts this server. */
    SSLSocketFactory trusting() {
        return context.getSocketFactory();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = socket.accept();
                Thread.ofVirtual().start(() -> {
                    try (client) {
                        serve(implicit ? tls(client) : client, implicit, true);
                    } catch (IOException _) {
                        // The client has gone; the test sees what it sent before.
                    }
                });
            }
        } catch (IOException _) {
            // Closed by the test.
        }
    }

    private Socket tls(Socket client) throws IOException {
        SSLSocket over = (SSLSocket) context.getSocketFactory().createSocket(client, null, client.getPort(), true);
        over.setUseClientMode(false);
        over.startHandshake();
        return over;
    }

    private void serve(Socket client, boolean safe, boolean greets) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
        OutputStream out = client.getOutputStream();
        if (greets) {
            say(out, "220 double");
        }
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            (safe ? secret : plain).add(line);
            switch (line.split(" ", 2)[0]) {
                case "EHLO" ->
                    say(
                            out,
                            "250-double\r\n" + (safe || !offersTls ? "" : "250-STARTTLS\r\n") + "250 AUTH PLAIN LOGIN");
                case "STARTTLS" -> {
                    say(out, "220 go on");
                    serve(tls(client), true, false);
                    return;
                }
                case "AUTH" -> say(out, login(in, out, line) ? "235 welcome" : "535 5.7.8 no");
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

    private boolean login(BufferedReader in, OutputStream out, String line) throws IOException {
        String[] words = line.split(" ", -1);
        if (words[1].equals("LOGIN")) {
            String name = words.length > 2 ? words[2] : ask(in, out, "VXNlcm5hbWU6");
            return text(name).equals(user) && text(ask(in, out, "UGFzc3dvcmQ6")).equals(password);
        }
        String both = words.length > 2 ? words[2] : ask(in, out, "");
        return text(both).equals("\0" + user + "\0" + password);
    }

    private static String ask(BufferedReader in, OutputStream out, String question) throws IOException {
        say(out, "334 " + question);
        return String.valueOf(in.readLine());
    }

    private static String text(String coded) {
        return new String(Base64.getDecoder().decode(coded), UTF_8);
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
