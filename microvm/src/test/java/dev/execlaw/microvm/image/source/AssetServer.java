package dev.execlaw.microvm.image.source;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The public sources on the loopback: an S3 bucket below {@code /bucket} with listings of at most a thousand keys, and
 * releases pages below {@code /nullclaw/releases} and {@code /firecracker/releases}; and all that can go wrong there.
 */
final class AssetServer implements AutoCloseable {

    /** What goes wrong with one request. */
    enum Fault {
        /** Half of what was asked for, then the connection ends. */
        TRUNCATE,
        /** Half of it, then silence. */
        STALL,
        /** 64 bytes at a time, 10 ms between. */
        DRIP,
        UNAVAILABLE,
        UNAVAILABLE_FOR_TWO_SECONDS,
        HTML,
        RANGE_IGNORED,
        WRONG_RANGE,
        NO_LENGTH
    }

    private static final class Asset {
        private final byte[] bytes;

        Asset(byte[] bytes) {
            this.bytes = bytes;
        }

        byte[] bytes() {
            return bytes;
        }

        String tag() {
            return "\"" + Arrays.hashCode(bytes) + "-" + bytes.length + "\"";
        }
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Map<String, Asset> assets = new ConcurrentHashMap<>();
    private final Map<String, String> redirects = new ConcurrentHashMap<>();
    private final Map<String, Deque<Fault>> faults = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile boolean tags = true;

    AssetServer() throws IOException {
        this(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    }

    AssetServer(HttpServer server) {
        this.server = server;
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    AssetSources sources() {
        return new AssetSources(uri("/bucket"), uri("/nullclaw/releases"), uri("/firecracker/releases"));
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    int port() {
        return server.getAddress().getPort();
    }

    void put(String path, byte[] bytes) {
        assets.put(path, new Asset(bytes));
    }

    void redirect(String from, String to) {
        redirects.put(from, to);
    }

    /** The next requests of a path go wrong, one after the other. */
    void fail(String path, Fault... next) {
        faults.computeIfAbsent(path, key -> new ArrayDeque<>()).addAll(List.of(next));
    }

    void withoutTags() {
        tags = false;
    }

    /** Each request so far: method, path and query, range. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            URI uri = exchange.getRequestURI();
            String range = exchange.getRequestHeaders().getFirst("Range");
            requests.add(exchange.getRequestMethod() + " " + uri + (range == null ? "" : " " + range));
            String path = uri.getPath();
            Fault fault = next(path);
            if (fault == Fault.UNAVAILABLE || fault == Fault.UNAVAILABLE_FOR_TWO_SECONDS) {
                if (fault == Fault.UNAVAILABLE_FOR_TWO_SECONDS) {
                    exchange.getResponseHeaders().set("Retry-After", "2");
                }
                send(exchange, 503, "busy");
            } else if (fault == Fault.HTML) {
                send(
                        exchange,
                        200,
                        "\n<!DOCTYPE html>\n<html><title>Please log in</title>" + "<p>hello</p>".repeat(99));
            } else if (redirects.containsKey(path)) {
                exchange.getResponseHeaders().set("Location", redirects.get(path));
                exchange.sendResponseHeaders(302, -1);
            } else if (path.equals("/bucket/") || path.equals("/bucket")) {
                send(exchange, 200, listing(uri.getRawQuery()));
            } else if (assets.containsKey(path)) {
                send(exchange, assets.get(path), fault);
            } else {
                send(exchange, 404, "<html>no</html>");
            }
        }
    }

    private Fault next(String path) {
        Deque<Fault> queue = faults.get(path);
        synchronized (this) {
            return queue == null ? null : queue.poll();
        }
    }

    private void send(HttpExchange exchange, Asset asset, Fault fault) throws IOException {
        int from = 0;
        String range = exchange.getRequestHeaders().getFirst("Range");
        String onlyIf = exchange.getRequestHeaders().getFirst("If-Range");
        boolean part = range != null && fault != Fault.RANGE_IGNORED && (onlyIf == null || onlyIf.equals(asset.tag()));
        if (tags) {
            exchange.getResponseHeaders().set("ETag", asset.tag());
        }
        if (part) {
            from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
            if (from >= asset.bytes().length) {
                exchange.sendResponseHeaders(416, -1);
                return;
            }
            int told = fault == Fault.WRONG_RANGE ? 0 : from;
            exchange.getResponseHeaders()
                    .set(
                            "Content-Range",
                            "bytes " + told + "-" + (asset.bytes().length - 1) + "/" + asset.bytes().length);
        }
        byte[] bytes = Arrays.copyOfRange(asset.bytes(), from, asset.bytes().length);
        exchange.sendResponseHeaders(part ? 206 : 200, fault == Fault.NO_LENGTH ? 0 : bytes.length);
        if (exchange.getRequestMethod().equals("HEAD")) {
            return;
        }
        body(exchange.getResponseBody(), bytes, fault);
    }

    private void body(OutputStream out, byte[] bytes, Fault fault) throws IOException {
        if (fault == Fault.TRUNCATE || fault == Fault.STALL) {
            out.write(bytes, 0, bytes.length / 2);
            out.flush();
            if (fault == Fault.STALL) {
                pause(60_000);
            }
        } else if (fault == Fault.DRIP) {
            for (int at = 0; at < bytes.length; at += 64) {
                out.write(bytes, at, Math.min(64, bytes.length - at));
                out.flush();
                pause(10);
            }
        } else {
            out.write(bytes);
        }
    }

    private void pause(long millis) {
        try {
            if (closed.await(millis, TimeUnit.MILLISECONDS)) {
                throw new UncheckedIOException(new IOException("the server was closed"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    /** ListObjectsV2: the keys after the token, a thousand at most. */
    private String listing(String query) {
        Map<String, String> parameters = new HashMap<>();
        for (String pair : query.split("&", -1)) {
            String[] both = pair.split("=", 2);
            parameters.put(both[0], URLDecoder.decode(both[1], StandardCharsets.UTF_8));
        }
        String prefix = parameters.getOrDefault("prefix", "");
        String delimiter = parameters.get("delimiter");
        // A token of S3 holds what must be encoded in an address.
        String after = parameters.getOrDefault("continuation-token", "").replace("+/=", "");
        TreeSet<String> prefixes = new TreeSet<>();
        TreeMap<String, Integer> keys = new TreeMap<>();
        assets.forEach((path, asset) -> {
            String key = path.replaceFirst("^/bucket/", "");
            int cut = delimiter == null || !key.startsWith(prefix) ? -1 : key.indexOf(delimiter, prefix.length());
            if (key.startsWith(prefix) && !key.equals(path) && key.compareTo(after) > 0) {
                if (cut >= 0) {
                    prefixes.add(key.substring(0, cut + 1));
                } else {
                    keys.put(key, asset.bytes().length);
                }
            }
        });
        List<String> page = keys.keySet().stream().limit(1000).toList();
        boolean truncated = page.size() < keys.size();
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>spec.ccfc.min</Name>"
                + "<Prefix>" + prefix + "</Prefix><IsTruncated>" + truncated + "</IsTruncated>");
        if (truncated) {
            xml.append("<NextContinuationToken>").append(page.getLast()).append("+/=</NextContinuationToken>");
        }
        page.forEach(key -> xml.append("<Contents><Key>")
                .append(key)
                .append("</Key><Size>")
                .append(keys.get(key))
                .append("</Size></Contents>"));
        prefixes.forEach(
                name -> xml.append("<CommonPrefixes><Prefix>").append(name).append("</Prefix></CommonPrefixes>"));
        return xml.append("</ListBucketResult>").toString();
    }
}
