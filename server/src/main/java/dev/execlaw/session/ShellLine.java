package dev.execlaw.session;

import dev.execlaw.a2a.A2aLine;
import dev.execlaw.exec.Dialogue;
import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.ExecResult;
import dev.execlaw.exec.GuestShell;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/**
 * The way to an endpoint on a guest's loopback: a command in the guest that hands on what it reads, over the connection that
 * there is. Any thread may use it.
 *
 * @param command {@code curl}, which reads the request
 */
record ShellLine(GuestShell shell, String command) implements A2aLine {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** The state of a task stands at its begin. */
    private static final long ANSWER = 64 * 1024;

    /** What curl says, and ends with, when it cannot connect (curl(1), exit codes). */
    private static final String NOT_CONNECTED = "curl: (7)";

    private static final int STATUS = 7;

    @Override
    public byte[] call(byte[] request) throws IOException, InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        ExecOutput both = new ExecOutput() {
            @Override
            public void stdout(byte[] bytes) {
                out.writeBytes(bytes);
            }

            @Override
            public void stderr(byte[] bytes) {
                err.writeBytes(bytes);
            }
        };
        ExecResult result =
                shell.run(new ExecCommand(command, ByteBuffer.wrap(request), LIMIT, null, Map.of(), ANSWER), both);
        Integer status = result.status();
        String said = err.toString(StandardCharsets.UTF_8).strip();
        if (status != null && status == STATUS) {
            throw new Unheard("nobody listens at the agent's endpoint: " + said);
        }
        if (status == null || (status != 0 && !result.truncated())) {
            String how = result.timedOut() ? "within " + LIMIT.toSeconds() + " s" : "(" + result + ")";
            throw new IOException("the agent's endpoint did not answer " + how + ": " + said);
        }
        return out.toByteArray();
    }

    @Override
    public Answer open(byte[] request) throws IOException, InterruptedException {
        Dialogue dialogue = shell.dialogue(command);
        boolean done = false;
        try (OutputStream in = dialogue.input()) {
            in.write(request);
            in.flush();
            done = true;
        } finally {
            if (!done) {
                dialogue.close();
            }
        }
        return new Answer() {
            @Override
            public InputStream body() {
                return dialogue.output();
            }

            @Override
            public boolean unheard(String stray) {
                return stray.contains(NOT_CONNECTED);
            }

            @Override
            public void close() {
                dialogue.close();
            }
        };
    }
}
