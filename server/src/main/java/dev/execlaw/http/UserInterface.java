package dev.execlaw.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MimeTypes;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Serves the user interface's files from the class path. They hold no secret, so no login is asked for: a link from
 * another site arrives without our SameSite cookie and must still show the page. Any thread may use it.
 */
final class UserInterface {

    private static final Pattern FILE = Pattern.compile("/(assets/)?[A-Za-z0-9_][A-Za-z0-9._-]{0,120}");
    private static final Pattern ETAG = Pattern.compile("\"[^\"]*\"");
    private static final List<PathTemplate> PAGES = List.of(
            new PathTemplate("/"),
            new PathTemplate("/new"),
            new PathTemplate("/host"),
            new PathTemplate("/keys"),
            new PathTemplate("/usage"),
            new PathTemplate("/s/{id}"),
            new PathTemplate("/s/{id}/console"),
            new PathTemplate("/s/{id}/history"),
            new PathTemplate("/s/{id}/info"));

    private final ClassLoader loader;
    private final String root;
    private final MimeTypes types = MimeTypes.DEFAULTS;
    private final Map<String, Asset> assets = new ConcurrentHashMap<>();

    /** A file in memory. Immutable. */
    private static final class Asset {
        private final byte[] bytes;

        /** The same compressed; null where that is not worth it. */
        private final byte @Nullable [] gzipped;

        private final String hash;
        private final String mediaType;

        private Asset(byte[] bytes, byte @Nullable [] gzipped, String mediaType) {
            this.bytes = bytes;
            this.gzipped = gzipped;
            this.hash = sha256(bytes);
            this.mediaType = mediaType;
        }
    }

    UserInterface(ClassLoader loader, String root) {
        this.loader = loader;
        this.root = root;
    }

    void handle(String path, Request request, Response response, Callback callback) throws IOException {
        boolean page = PAGES.stream().anyMatch(known -> known.match(path).isPresent());
        Optional<Asset> found = page ? asset("/index.html") : asset(path);
        if (found.isEmpty()) {
            throw Router.noSuchPath(path);
        }
        send(found.get(), path.startsWith("/assets/"), request, response, callback);
    }

    private static void send(Asset asset, boolean immutable, Request request, Response response, Callback callback) {
        var headers = response.getHeaders();
        SecurityHeaders.put(headers);
        headers.put(HttpHeader.CACHE_CONTROL, immutable ? "public, max-age=31536000, immutable" : "no-cache");
        headers.put(HttpHeader.VARY, "Accept-Encoding");
        byte[] gzipped = asset.gzipped;
        boolean compress = gzipped != null && acceptsGzip(request);
        byte[] body = gzipped != null && compress ? gzipped : asset.bytes;
        String etag = "\"" + asset.hash + (compress ? "-gz\"" : "\"");
        headers.put(HttpHeader.ETAG, etag);
        if (known(request, etag)) {
            response.setStatus(304);
            response.write(true, ByteBuffer.allocate(0), callback);
            return;
        }
        response.setStatus(200);
        if (compress) {
            headers.put(HttpHeader.CONTENT_ENCODING, "gzip");
        }
        headers.put(HttpHeader.CONTENT_TYPE, asset.mediaType);
        headers.put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    /** Whether the browser has this already, by the weak comparison of RFC 9110, 8.8.3.2. */
    private static boolean known(Request request, String etag) {
        return request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH).stream()
                .anyMatch(value -> value.strip().equals("*")
                        || ETAG.matcher(value)
                                .results()
                                .anyMatch(each -> each.group().equals(etag)));
    }

    private Optional<Asset> asset(String path) throws IOException {
        if (!FILE.matcher(path).matches() || path.endsWith(".gz") || path.contains("..")) {
            return Optional.empty();
        }
        Asset known = assets.get(path);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<byte[]> bytes = resource(path);
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        Asset asset = new Asset(bytes.get(), resource(path + ".gz").orElse(null), mediaType(path));
        assets.put(path, asset);
        return Optional.of(asset);
    }

    private Optional<byte[]> resource(String path) throws IOException {
        try (InputStream in = loader.getResourceAsStream(root + path)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        }
    }

    private String mediaType(String path) {
        if (path.endsWith(".webmanifest")) {
            return "application/manifest+json";
        }
        String type = types.getMimeByExtension(path);
        if (type == null) {
            return "application/octet-stream";
        }
        boolean text = type.startsWith("text/") || type.endsWith("javascript") || type.endsWith("json");
        return text ? type + ";charset=utf-8" : type;
    }

    private static boolean acceptsGzip(Request request) {
        return request.getHeaders().getQualityCSV(HttpHeader.ACCEPT_ENCODING).stream()
                .anyMatch(each -> each.equalsIgnoreCase("gzip") || each.equals("*"));
    }

    private static String sha256(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
