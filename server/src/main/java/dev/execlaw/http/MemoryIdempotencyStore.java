package dev.execlaw.http;

import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Keeps responses in memory, the newest {@value #ENTRIES} within {@value #CHARS} characters; a restart forgets them. */
public final class MemoryIdempotencyStore implements IdempotencyStore {

    static final int ENTRIES = 10_000;
    static final long CHARS = 8L << 20;

    private final InstantSource clock;
    private final Map<String, Kept> kept = new LinkedHashMap<>();
    private long chars;

    public MemoryIdempotencyStore() {
        this(InstantSource.system());
    }

    MemoryIdempotencyStore(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public synchronized Optional<Kept> find(String key) {
        return Optional.ofNullable(kept.get(key))
                .filter(response -> clock.instant().isBefore(response.until()));
    }

    @Override
    public synchronized void keep(String key, Kept response) {
        Kept before = kept.remove(key);
        chars += response.body().length() - (before == null ? 0 : before.body().length());
        kept.put(key, response);
        Iterator<Kept> oldest = kept.values().iterator();
        while (kept.size() > ENTRIES || (chars > CHARS && kept.size() > 1)) {
            chars -= oldest.next().body().length();
            oldest.remove();
        }
    }
}
