package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.EventPayload.TurnFinished;
import org.junit.jupiter.api.Test;

class TurnTest {

    private final Turn turn = new Turn("m1", World.QUICK, 0);

    @Test
    void aStoppedTurnLastsUntilTheGuestIsDoneWithItsTool() {
        turn.callStarted();
        turn.stop(1);
        turn.toolsEnding();
        turn.callFinished(true, 2);
        assertThat(turn.atPrompt())
                .as("the next turn's tool would be ended, too")
                .isEmpty();
        turn.toolsEnded();
        assertThat(turn.atPrompt()).map(TurnFinished::reason).hasValue("stopped");
    }

    @Test
    void withoutAWayInItEndsWithThePrompt() {
        turn.callStarted();
        turn.stop(1);
        assertThat(turn.atPrompt()).as("its call still runs").isEmpty();
        turn.callFinished(false, 2);
        assertThat(turn.atPrompt()).map(TurnFinished::reason).hasValue("stopped");
    }
}
