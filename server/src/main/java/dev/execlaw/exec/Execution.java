package dev.execlaw.exec;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.session.ClientSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One command that runs in a guest. Its outputs are read on threads of their own, and read to their ends however it ends;
 * {@link #run} belongs to one thread.
 */
final class Execution {

    private static final Logger LOG = LoggerFactory.getLogger(Execution.class);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ClientSession session;
    private final ChannelExec channel;
    private final ExecCommand command;
    private final ProcessLine stderr;
    private final Duration patience;
    private final long began = System.nanoTime();

    private Execution(
            ClientSession session, ChannelExec channel, ExecCommand command, ProcessLine stderr, Duration patience) {
        this.session = session;
        this.channel = channel;
        this.command = command;
        this.stderr = stderr;
        this.patience = patience;
    }

    /** Has the guest begin. */
    static Execution begin(ClientSession session, ExecCommand command, Duration patience) throws IOException {
        byte[] secret = new byte[8];
        RANDOM.nextBytes(secret);
        String word = "execlaw-" + HexFormat.of().formatHex(secret);
        ChannelExec channel = session.createExecChannel(ShellText.run(command, word));
        boolean done = false;
        try {
            channel.open().verify(patience);
            done = true;
        } finally {
            if (!done) {
                channel.close(true);
            }
        }
        return new Execution(session, channel, command, new ProcessLine(channel.getInvertedErr(), word), patience);
    }

    /** Waits for the end; kills the command when its time is over or nobody takes its output any more. */
    ExecResult run(ExecOutput to) throws IOException, InterruptedException {
        CompletableFuture<Void> over = new CompletableFuture<>();
        Output out = new Output(channel.getInvertedOut(), command.limit(), to::stdout);
        Output err = new Output(stderr, command.limit(), to::stderr);
        CompletableFuture<Void> outputs =
                CompletableFuture.allOf(start("stdout", out, over), start("stderr", err, over));
        Thread input = Thread.ofVirtual().name("exec-stdin").start(this::feed);
        channel.addCloseFutureListener(_ -> over.complete(null));
        boolean timedOut = false;
        try {
            over.get(command.timeout().toNanos(), TimeUnit.NANOSECONDS);
            // What the guest sent before its end may still be on its way to whoever takes it.
            outputs.get(command.timeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            timedOut = true;
            kill();
            awaitGone(outputs);
        } catch (ExecutionException e) {
            kill();
            throw new IOException(
                    "its output was not taken: "
                            + Objects.requireNonNull(e.getCause()).getMessage(),
                    e);
        } catch (InterruptedException e) {
            kill();
            throw e;
        } finally {
            channel.close(true);
            input.interrupt();
        }
        return result(out.truncated() || err.truncated(), timedOut);
    }

    private ExecResult result(boolean truncated, boolean timedOut) throws IOException {
        Integer status = channel.getExitStatus();
        String signal = channel.getExitSignal();
        if (status == null && signal == null && !timedOut) {
            throw new IOException("the connection broke before the command's end");
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        return new ExecResult(signal == null ? status : null, signal, took, truncated, timedOut);
    }

    private static CompletableFuture<Void> start(String name, Output output, CompletableFuture<Void> over) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().name("exec-" + name).start(() -> {
            try {
                output.pump();
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
                over.completeExceptionally(e);
            }
        });
        return done;
    }

    private void feed() {
        try (OutputStream in = channel.getInvertedIn()) {
            ByteBuffer bytes = command.stdin();
            byte[] all = new byte[bytes.remaining()];
            bytes.get(all);
            in.write(all);
            in.flush();
        } catch (IOException e) {
            // As with a pipe: a command need not read what it is given.
            LOG.debug("a command did not read all of its input: {}", e.getMessage());
        }
    }

    /** Kills the command's process group with a command of its own. */
    private void kill() throws IOException {
        if (channel.isClosed()) {
            return; // it has ended, and its group's number may be another's by now
        }
        // On a busy guest a command may not even have told its group when its time is over.
        CompletableFuture<Long> told = stderr.group();
        await(told, "the process group of a command to be killed");
        long group = told.getNow(0L);
        if (group == 0 || !session.isOpen()) {
            return; // nobody knows it, or the connection is gone
        }
        try (ChannelExec killer = session.createExecChannel(ShellText.kill(group))) {
            killer.open().verify(patience);
            CompletableFuture<Void> done = new CompletableFuture<>();
            killer.addCloseFutureListener(_ -> done.complete(null));
            await(done, "kill " + group);
        }
    }

    private void awaitGone(CompletableFuture<Void> outputs) {
        CompletableFuture<Void> gone = new CompletableFuture<>();
        channel.addCloseFutureListener(_ -> gone.complete(null));
        await(gone, "the end of a killed command");
        channel.close(true);
        await(outputs, "the output of a killed command");
    }

    private void await(CompletableFuture<?> fact, String what) {
        try {
            fact.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn("{} was not seen within {} ms: {}", what, patience.toMillis(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
