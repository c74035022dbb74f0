package dev.execlaw.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Looks go on whatever one of them meets, and end with the watch. */
class HostWatchTest {

    @Test
    void aLookThatFailsIsDoneAgainAndHindersNoOther() throws Exception {
        CountDownLatch failing = new CountDownLatch(3);
        CountDownLatch other = new CountDownLatch(3);
        AtomicInteger looks = new AtomicInteger();
        try (HostWatch watch = new HostWatch()) {
            watch.every(Duration.ofMillis(5), "a look that fails", () -> {
                failing.countDown();
                throw new IllegalStateException("scripted");
            });
            watch.every(Duration.ofMillis(5), "another", () -> {
                looks.incrementAndGet();
                other.countDown();
            });
            assertThat(failing.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(other.await(10, TimeUnit.SECONDS)).isTrue();
        }
        int atTheEnd = looks.get();
        try (HostWatch later = new HostWatch()) {
            CountDownLatch once = new CountDownLatch(1);
            later.every(Duration.ofMillis(50), "the time passes", once::countDown);
            assertThat(once.await(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(looks.get()).isEqualTo(atTheEnd);
    }
}
