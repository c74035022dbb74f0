package dev.execlaw.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/**
 * One answer of a provider from {@code src/test/resources/wire}, and what must be told of it.
 *
 * @param head lines of the head, without the empty one
 * @param latin1 its body, a character for each byte
 */
record Transcript(String provider, String name, List<String> head, String latin1, List<String> seen) {

    /** All of them, in order. */
    static List<Transcript> all() {
        try {
            Path root = Path.of(Objects.requireNonNull(Transcript.class.getResource("/wire"))
                    .toURI());
            try (Stream<Path> files = Files.walk(root)) {
                return files.filter(file -> file.toString().endsWith(".http"))
                        .sorted()
                        .map(Transcript::read)
                        .toList();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Transcript read(Path file) {
        try {
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            int end = text.indexOf("\n\n");
            String name = Objects.requireNonNull(file.getFileName()).toString().replace(".http", "");
            return new Transcript(
                    Objects.requireNonNull(
                                    Objects.requireNonNull(file.getParent()).getFileName())
                            .toString(),
                    name,
                    text.substring(0, end).lines().toList(),
                    text.substring(end + 2),
                    Files.readAllLines(file.resolveSibling(name + ".seen")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int status() {
        return Integer.parseInt(head.getFirst().substring(9, 12));
    }

    byte[] body() {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    String contentType() {
        return header("content-type");
    }

    private String header(String name) {
        return head.stream()
                .filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2))
                .findFirst()
                .orElse("");
    }

    boolean streamed() {
        return contentType().startsWith("text/event-stream");
    }

    /** What must be told of it when the provider is called so. */
    List<String> seenOf(String id) {
        return seen.stream()
                .map(line -> line.replace("NAME", id).replace("\\n", "\n"))
                .toList();
    }

    /** Its body in pieces of this many bytes at most, each of them flushed when it is compressed. */
    List<byte[]> pieces(int size, String coding) {
        List<byte[]> pieces = new ArrayList<>();
        byte[] body = body();
        ByteArrayOutputStream collected = new ByteArrayOutputStream();
        try (OutputStream out = coded(collected, coding)) {
            for (int at = 0; at < body.length; at += size) {
                out.write(body, at, Math.min(size, body.length - at));
                out.flush();
                pieces.add(collected.toByteArray());
                collected.reset();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        pieces.add(collected.toByteArray());
        return pieces;
    }

    private static OutputStream coded(ByteArrayOutputStream to, String coding) throws IOException {
        return switch (coding) {
            case "gzip" -> new GZIPOutputStream(to, true);
            case "deflate" -> new DeflaterOutputStream(to, true);
            default -> to;
        };
    }

    /** Plays it into a connection as HTTP/1.1. */
    void play(OutputStream out, int size, String coding) throws IOException {
        StringBuilder text = new StringBuilder();
        head.forEach(line -> text.append(line).append("\r\n"));
        if (!coding.isEmpty()) {
            text.append("content-encoding: ").append(coding).append("\r\n");
        }
        FakeUpstream.write(out, text.append("\r\n").toString());
        for (byte[] piece : pieces(size, coding)) {
            out.write(piece);
            out.flush();
        }
    }

    @Override
    public String toString() {
        return provider + "/" + name;
    }
}
