package dev.execlaw.microvm.wake;

import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Speaks to the one program in a guest that listens at its wake-up port, {@code /usr/local/lib/execlaw/wake}. Any thread
 * may use it. A message is one line and so is its answer; their form is told in {@link WakeMessage}.
 */
public final class WakePort {

    /** What a clock may be late because its time was on the way, which is told anew until it is less. */
    private static final Duration PRECISION = Duration.ofMillis(10);

    private static final int AGAIN = 2;

    private final String name;
    private final Door door;
    private final InstantSource clock;
    private final Random random;
    private final Duration precision;

    /** The port of a machine; nothing is sent yet. */
    public WakePort(Machine machine) {
        this(machine.spec().name(), machine::wakePort, Instant::now, new SecureRandom(), PRECISION);
    }

    WakePort(String name, Door door, InstantSource clock, Random random, Duration precision) {
        this.name = name;
        this.door = door;
        this.clock = clock;
        this.random = random;
        this.precision = precision;
    }

    /** How a channel to the guest is opened. */
    @FunctionalInterface
    interface Door {
        ByteChannel open(Duration deadline) throws MachineException;
    }

    /**
     * Tells the guest, and returns when it has done all of it. One round trip, and a short one more, twice at most, as long
     * as the time of the day was too long on its way: the first message to a guest that goes on finds it cold.
     *
     * @throws WakeException when it could not be told, answered that it could not do it, or did not answer in time
     */
    public void wake(Wake wake, Duration deadline) throws WakeException {
        long until = System.nanoTime() + deadline.toNanos();
        Duration way = wakeOnce(wake, deadline);
        for (int again = 0; again < AGAIN && way.compareTo(precision) > 0; again++) {
            way = wakeOnce(Wake.UP, Duration.ofNanos(Math.max(1, until - System.nanoTime())));
        }
    }

    private Duration wakeOnce(Wake wake, Duration deadline) throws WakeException {
        byte[] entropy = new byte[WakeMessage.ENTROPY];
        random.nextBytes(entropy);
        String rest = WakeMessage.rest(wake, entropy);
        return tell(() -> WakeMessage.wake(clock.instant(), rest), deadline).way();
    }

    /**
     * Has the guest make itself ready to be saved as a template: file systems written out, what it will need read into
     * memory, processors idle. Returns when it is.
     */
    public void settle(Duration deadline) throws WakeException {
        // The guest gives up first, so that it can say what was busy.
        Duration patience = deadline.minus(deadline.dividedBy(8));
        Told _ = tell(() -> WakeMessage.settle(patience), deadline);
    }

    /**
     * Has the guest end what its agent runs, and not the agent: process groups as wholes, by SIGINT, SIGTERM and SIGKILL.
     * Returns, once all of it is gone, how many processes that were; none where the agent runs nothing at that moment.
     *
     * @param agent its program; the agent is what runs by this name on the console
     * @param patience until SIGKILL
     * @throws UnknownOrderException when the guest's image is older than this order
     * @throws WakeException when there is no such agent, or it could not be told, or did not answer in time
     */
    public int interrupt(String agent, Duration patience, Duration deadline) throws WakeException {
        return tell(() -> WakeMessage.interrupt(agent, patience), deadline).done();
    }

    /** What is to be said, made once there is a channel to say it by. */
    @FunctionalInterface
    private interface Order {
        String text() throws WakeException;
    }

    /**
     * What came of an order.
     *
     * @param way how long order and answer were on their way together
     * @param done what the guest counted
     */
    private record Told(Duration way, int done) {}

    private Told tell(Order order, Duration deadline) throws WakeException {
        long until = System.nanoTime() + deadline.toNanos();
        String nonce = "%016x".formatted(random.nextLong());
        WakeAnswer answer = new WakeAnswer(nonce);
        long told;
        try (ByteChannel channel = door.open(deadline);
                Patience _ = new Patience(channel, until)) {
            told = System.nanoTime();
            write(channel, WakeMessage.framed(nonce, order.text()));
            while (!answer.complete()) {
                read(channel, answer);
            }
        } catch (WakeException e) {
            throw new WakeException(name + ": " + e.getMessage() + answer.soFar(), e);
        } catch (IOException | MachineException e) {
            boolean late = System.nanoTime() - until >= 0;
            String what = late
                    ? "no answer of the guest within " + deadline.toMillis() + " ms"
                    : Objects.requireNonNullElse(e.getMessage(), e.toString());
            throw new WakeException(name + ": " + what + answer.soFar(), e);
        }
        String error = answer.error();
        if (error != null && error.startsWith("unknown order ")) {
            throw new UnknownOrderException(name + ": the guest's image is older than what it was told: " + error);
        }
        if (error != null) {
            throw new WakeException(name + ": the guest could not do it: " + error);
        }
        return new Told(Duration.ofNanos(System.nanoTime() - told).minus(answer.took()), answer.done());
    }

    private static void write(ByteChannel channel, byte[] message) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(message);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static void read(ByteChannel channel, WakeAnswer answer) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        if (channel.read(buffer) < 0) {
            throw new WakeException("the guest closed its wake-up port before it answered");
        }
        answer.add(buffer.flip());
    }

    /** Closes a channel at a point in time, unless it is closed before: that ends a read which waits. */
    private static final class Patience implements AutoCloseable {

        private final CountDownLatch done = new CountDownLatch(1);

        Patience(ByteChannel channel, long until) {
            Thread.ofVirtual().name("wake-deadline").start(() -> watch(channel, until));
        }

        private void watch(ByteChannel channel, long until) {
            try (channel) {
                boolean _ = done.await(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt(); // nobody has this thread to interrupt it
            } catch (IOException _) {
                // who reads or writes is told the same
            }
        }

        @Override
        public void close() {
            done.countDown();
        }
    }
}
