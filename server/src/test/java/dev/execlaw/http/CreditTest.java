package dev.execlaw.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class CreditTest {

    private static final Duration AT_ONCE = Duration.ZERO;

    @Test
    void theWindowClosesAndOpens() throws Exception {
        Credit credit = new Credit();
        credit.sent(0, Credit.WINDOW - 1);
        assertThat(credit.await(AT_ONCE)).isEqualTo(1);
        credit.sent(Credit.WINDOW - 1, 1);
        assertThat(credit.await(AT_ONCE)).isZero();
        credit.acknowledge(100);
        assertThat(credit.await(AT_ONCE)).isEqualTo(100);
        credit.acknowledge(50);
        assertThat(credit.await(AT_ONCE)).as("an old one changes nothing").isEqualTo(100);
        credit.acknowledge(Long.MAX_VALUE);
        assertThat(credit.await(AT_ONCE)).isEqualTo(Credit.WINDOW);
    }

    @Test
    void skippedBytesCostNothing() throws Exception {
        Credit credit = new Credit();
        credit.sent(0, 1000);
        credit.sent(5_000_000, 1000);
        assertThat(credit.await(AT_ONCE)).isEqualTo(Credit.WINDOW - 2000);
        credit.acknowledge(1000);
        assertThat(credit.await(AT_ONCE)).isEqualTo(Credit.WINDOW - 1000);
        credit.acknowledge(5_000_400);
        assertThat(credit.await(AT_ONCE)).isEqualTo(Credit.WINDOW - 600);
    }

    @Test
    void randomSendsSkipsAndAcknowledgementsAddUp() throws Exception {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            Credit credit = new Credit();
            boolean[] taken = new boolean[200_000];
            boolean[] sent = new boolean[200_000];
            int end = 0;
            while (end < 150_000) {
                if (random.nextBoolean()) {
                    int count = 1 + random.nextInt(500);
                    credit.sent(end, count);
                    java.util.Arrays.fill(sent, end, end + count, true);
                    end += count;
                } else if (random.nextBoolean()) {
                    end += random.nextInt(2000);
                } else {
                    int upTo = random.nextInt(end + 1);
                    credit.acknowledge(upTo);
                    java.util.Arrays.fill(taken, 0, upTo, true);
                }
            }
            int outstanding = 0;
            for (int i = 0; i < sent.length; i++) {
                outstanding += sent[i] && !taken[i] ? 1 : 0;
            }
            assertThat(credit.await(AT_ONCE)).as("seed " + seed).isEqualTo(Math.max(0, Credit.WINDOW - outstanding));
        }
    }

    @Test
    void closingWakesWhoWaits() throws Exception {
        Credit credit = new Credit();
        credit.sent(0, Credit.WINDOW);
        Thread waiting = Thread.ofVirtual().start(() -> {
            try {
                credit.await(Duration.ofHours(1));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        credit.close();
        assertThat(waiting.join(Duration.ofSeconds(10))).isTrue();
    }
}
