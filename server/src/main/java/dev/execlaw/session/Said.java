package dev.execlaw.session;

import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.ExecResult;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** What a short command in a guest has written. Used by the one thread that runs it. */
final class Said implements ExecOutput {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Override
    public void stdout(byte[] bytes) {
        out.writeBytes(bytes);
    }

    @Override
    public void stderr(byte[] bytes) {
        err.writeBytes(bytes);
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8).strip();
    }

    static boolean well(ExecResult result) {
        Integer status = result.status();
        return status != null && status == 0;
    }
}
