package dev.execlaw.auth;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One bucket per client address. At most {@value #ADDRESSES} are remembered; the one unused for longest is forgotten,
 * which gives its client a full bucket again. An IPv6 client is its /64, since it can choose the rest at will. Any
 * thread may use it.
 */
public final class RateLimiter {

    static final int ADDRESSES = 10_000;

    private final RateLimit limit;
    private final TimeMeter meter;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > ADDRESSES;
        }
    };

    public RateLimiter(RateLimit limit) {
        this(limit, TimeMeter.SYSTEM_NANOTIME);
    }

    RateLimiter(RateLimit limit, TimeMeter meter) {
        this.limit = limit;
        this.meter = meter;
    }

    /** The limit in force. */
    public RateLimit limit() {
        return limit;
    }

    /** Takes one from the client's bucket; when that is empty, tells how long until there is one again. */
    public Optional<Duration> take(InetAddress client) {
        var probe = bucket(client).tryConsumeAndReturnRemaining(1);
        return probe.isConsumed() ? Optional.empty() : Optional.of(Duration.ofNanos(probe.getNanosToWaitForRefill()));
    }

    /** Whether the client's bucket is empty, and for how long; takes nothing. */
    public Optional<Duration> exhausted(InetAddress client) {
        var probe = bucket(client).estimateAbilityToConsume(1);
        return probe.canBeConsumed()
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(probe.getNanosToWaitForRefill()));
    }

    int remembered() {
        synchronized (buckets) {
            return buckets.size();
        }
    }

    private Bucket bucket(InetAddress client) {
        synchronized (buckets) {
            return buckets.computeIfAbsent(
                    key(client),
                    _ -> Bucket.builder()
                            .addLimit(stage -> stage.capacity(limit.burst())
                                    .refillGreedy(limit.perMinute(), Duration.ofMinutes(1)))
                            .withCustomTimePrecision(meter)
                            .build());
        }
    }

    private static String key(InetAddress client) {
        byte[] address = client.getAddress();
        return HexFormat.of().formatHex(client instanceof Inet6Address ? Arrays.copyOf(address, 8) : address);
    }
}
