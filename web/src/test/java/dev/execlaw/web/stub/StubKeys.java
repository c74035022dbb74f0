package dev.execlaw.web.stub;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** Keys of providers; one that ends in {@code bad0} is refused by its provider. */
final class StubKeys {

    private final Map<String, String> kept = new ConcurrentSkipListMap<>();

    boolean has(String provider) {
        return kept.containsKey(provider);
    }

    @Nullable
    String kept(String provider) {
        return kept.get(provider);
    }

    List<Map<String, Object>> list() {
        return kept.keySet().stream().map(this::view).toList();
    }

    Map<String, Object> put(String provider, String key) {
        kept.put(provider, key);
        return view(provider);
    }

    void remove(String provider) {
        kept.remove(provider);
    }

    Map<String, Object> test(String provider) {
        boolean bad = kept.getOrDefault(provider, "").endsWith("bad0");
        return Map.of(
                "provider",
                provider,
                "outcome",
                bad ? "refused" : "ok",
                "detail",
                bad ? "Provider openrouter answered HTTP 401: no such key ***." : "Provider openrouter takes the key.");
    }

    private Map<String, Object> view(String provider) {
        String key = kept.getOrDefault(provider, "");
        return Map.of(
                "provider",
                provider,
                "lastFour",
                key.length() < 12 ? "" : key.substring(key.length() - 4),
                "createdAt",
                Instant.now().toString(),
                "source",
                "stored");
    }
}
