package dev.execlaw.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RoomTest {

    private static final int WHOLE = 120_000;

    private static Room room(Duration patience) {
        return new Room(WHOLE, patience);
    }

    @Test
    void textCountsThriceAndValuesCountMore() throws Exception {
        Room room = room(Duration.ZERO);
        try (Room.Held held = room.enter("a")) {
            held.body(1_000);
            assertThat(room.taken()).isEqualTo(3_000);
            held.tree("{\"text\": \"a, b: [c] {d} \\\"[,:\", \"n\": [1, 2]}".getBytes(US_ASCII));
            assertThat(room.taken()).isEqualTo(3_000 + 6 * 128);
        }
        assertThat(room.taken()).isZero();
    }

    @Test
    void manySmallValuesAreRefusedBeforeTheyAreRead() {
        try (Room.Held held = room(Duration.ZERO).enter("a")) {
            assertThatExceptionOfType(GuestError.class)
                    .isThrownBy(() -> held.tree("[[],".repeat(1_000).getBytes(US_ASCII)))
                    .matches(e -> e.status() == 413 && e.code().equals("body_too_complex"));
        }
    }

    @Test
    void oneSessionLeavesRoomForOthers() throws Exception {
        Room room = room(Duration.ofMillis(20));
        try (Room.Held first = room.enter("greedy");
                Room.Held second = room.enter("greedy");
                Room.Held other = room.enter("other")) {
            first.body(9_000);
            assertThatExceptionOfType(GuestError.class)
                    .isThrownBy(() -> second.body(9_000))
                    .matches(e -> e.status() == 429 && e.code().equals("no_room"));
            other.body(20_000);
        }
        assertThat(room.taken()).isZero();
    }

    @Test
    void whoFindsNoRoomGetsItWhenAnotherGoes() throws Exception {
        Room room = room(Duration.ofSeconds(20));
        Room.Held first = room.enter("a");
        first.body(30_000);
        CompletableFuture<Long> second = CompletableFuture.supplyAsync(() -> {
            try (Room.Held held = room.enter("b")) {
                held.body(30_000);
                return room.taken();
            } catch (GuestError | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(second).isNotDone();
        first.close();
        assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo(90_000);
    }
}
