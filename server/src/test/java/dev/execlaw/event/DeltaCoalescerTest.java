package dev.execlaw.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.EventPayload.Message;
import dev.execlaw.event.EventPayload.Thinking;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeltaCoalescerTest {

    private final List<EventPayload> events = new ArrayList<>();
    private long now = 1_000_000_000L;
    private final DeltaCoalescer deltas = new DeltaCoalescer("c", Duration.ofMillis(50), () -> now, events::add);

    private void pass(int ms) {
        now += ms * 1_000_000L;
    }

    @Test
    void theFirstPieceGoesAtOnceTheNextWaitForTheWindow() {
        deltas.text("a");
        assertThat(events).containsExactly(new Message("a", "c-1"));
        deltas.text("b");
        pass(10);
        deltas.text("c");
        assertThat(deltas.due()).isEqualTo(40_000_000L);
        deltas.tick();
        assertThat(events).hasSize(1);
        pass(40);
        deltas.tick();
        assertThat(events).containsExactly(new Message("a", "c-1"), new Message("bc", "c-1"));
        assertThat(deltas.due()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void anotherKindIsAnotherPart() {
        deltas.thinking("hm");
        deltas.text("yes");
        deltas.endPart();
        deltas.text("and");
        deltas.endPart();
        assertThat(events)
                .containsExactly(new Thinking("hm", "c-1"), new Message("yes", "c-2"), new Message("and", "c-3"));
    }

    @Test
    void blankTextAloneIsNoPartButLeadingBlanksStay() {
        deltas.text("\n");
        assertThat(deltas.due()).isEqualTo(Long.MAX_VALUE);
        deltas.endPart();
        deltas.text(" \n");
        deltas.text(" x ");
        deltas.endPart();
        assertThat(events).containsExactly(new Message(" \n x ", "c-1"));
    }

    @Test
    void anEmojiInTwoPiecesStaysWhole() {
        deltas.text("a\ud83e");
        assertThat(events).containsExactly(new Message("a", "c-1"));
        assertThat(deltas.due()).isEqualTo(Long.MAX_VALUE);
        pass(60);
        deltas.text("\udd9e");
        assertThat(events).containsExactly(new Message("a", "c-1"), new Message("🦞", "c-1"));
    }
}
