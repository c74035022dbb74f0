package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.gateway.Gateway;
import java.util.function.Consumer;

/**
 * How the turns of one run's agent are stopped. Belongs to the supervisor's thread.
 *
 * @param keys types at the console
 */
record Stopping(
        Gateway gateway, Chronicle chronicle, AgentAdapter agent, Inside inside, Speaker speaker, Consumer<byte[]> keys)
        implements Interruption.Means {

    @Override
    public void endCalls() {
        gateway.interrupt(chronicle.id());
    }

    @Override
    public boolean cancel() {
        return speaker.cancel();
    }

    @Override
    public void endTools(String turn) {
        inside.tools().begin(turn);
    }

    @Override
    public void press() {
        agent.interrupt().ifPresentOrElse(keys, () -> chronicle.event(Notices.notInterrupted(agent.name())));
    }
}
