package dev.execlaw.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bucket4j.TimeMeter;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RateLimiterTest {

    /** A clock that stands until it is moved. */
    private static final class Clock implements TimeMeter {
        private long nanos;

        @Override
        public long currentTimeNanos() {
            return nanos;
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }

    private final Clock clock = new Clock();
    private final RateLimiter limiter = new RateLimiter(new RateLimit(60, 3), clock);

    private static InetAddress address(String text) {
        return InetAddress.ofLiteral(text);
    }

    @Test
    void theBucketEmptiesAndFills() {
        InetAddress client = address("192.0.2.1");
        for (int i = 0; i < 3; i++) {
            assertThat(limiter.exhausted(client)).isEmpty();
            assertThat(limiter.take(client)).isEmpty();
        }
        assertThat(limiter.take(client)).contains(Duration.ofSeconds(1));
        assertThat(limiter.exhausted(client)).contains(Duration.ofSeconds(1));
        assertThat(limiter.take(address("192.0.2.2"))).isEmpty();
        clock.nanos += TimeUnit.SECONDS.toNanos(1);
        assertThat(limiter.take(client)).isEmpty();
        assertThat(limiter.take(client)).isPresent();
    }

    @Test
    void oneNetworkOfIpv6IsOneClient() {
        for (int i = 0; i < 3; i++) {
            assertThat(limiter.take(address("2001:db8::" + i))).isEmpty();
        }
        assertThat(limiter.take(address("2001:db8::ffff:1"))).isPresent();
        assertThat(limiter.take(address("2001:db8:0:1::1"))).isEmpty();
    }

    @Test
    void memoryIsBounded() {
        for (int i = 0; i < RateLimiter.ADDRESSES + 500; i++) {
            limiter.take(address("10." + (i >> 16) + "." + ((i >> 8) & 255) + "." + (i & 255)));
        }
        assertThat(limiter.remembered()).isEqualTo(RateLimiter.ADDRESSES);
    }
}
