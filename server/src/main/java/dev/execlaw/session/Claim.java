package dev.execlaw.session;

import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.network.Slot;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A start with a machine from the pool: waits until its agent does, then lets it reach its gateway. Should
 * the machine fail, it is removed and another one launched.
 */
final class Claim implements Work.Job {

    private static final Logger LOG = LoggerFactory.getLogger(Claim.class);

    private final SessionParts parts;
    private final Pooled machine;
    private final GatewaySession gateway;
    private final Launch otherwise;
    private final int run;
    private final Consumer<Mail> mail;

    /**
     * A claim that is not begun.
     *
     * @param gateway the session as the gateway is to know it
     */
    Claim(SessionParts parts, Pooled machine, GatewaySession gateway, Launch otherwise, int run, Consumer<Mail> mail) {
        this.parts = parts;
        this.machine = machine;
        this.gateway = gateway;
        this.otherwise = otherwise;
        this.run = run;
        this.mail = mail;
    }

    @Override
    public void run() throws Exception {
        long began = System.nanoTime();
        Pooled.Ready ready;
        try {
            ready = machine.ready().get(parts.timings().agent().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("session {} gets no machine from the pool and starts its own", gateway.id(), e);
            remove();
            otherwise.run();
            return;
        } catch (InterruptedException e) {
            remove(); // it may be on its way still, which nobody else could call off
            throw e;
        }
        Place place = ready.place();
        Slot slot = place.slot();
        began = done("pool", began, "a machine made ahead, slot " + slot.index());
        Connection.open(parts, place, gateway);
        done("network", began, place.mode().json() + ", " + slot.guest() + ", gateway " + slot.gateway());
        // It still reaches nothing else: the session's own policy follows before any message does.
        mail.accept(new Mail.Launched(
                run, ready.machine(), place, NetworkPolicy.NONE, ready.consoleEnd(), Mail.Standing.AGENT_WAITS));
    }

    private void remove() throws InterruptedException, ExecutionException, TimeoutException {
        machine.discard();
        machine.gone().get(parts.timings().agent().toMillis(), TimeUnit.MILLISECONDS);
    }

    private long done(String step, long began, String detail) {
        long now = System.nanoTime();
        mail.accept(new Mail.Step(run, step, Duration.ofNanos(now - began).toMillis(), detail));
        return now;
    }

    @Override
    public Mail failed(Exception failure) {
        return otherwise.failed(failure);
    }

    @Override
    public Optional<Machine> machine() {
        return otherwise.machine().or(machine::machine);
    }
}
