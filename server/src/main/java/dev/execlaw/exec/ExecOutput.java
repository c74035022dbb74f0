package dev.execlaw.exec;

import java.io.IOException;

/**
 * Takes what a command writes, as it comes: each output on a thread of its own, both at the same time. To take slowly
 * slows the command; to throw ends it.
 */
public interface ExecOutput {

    /** For commands that have nothing to say. */
    ExecOutput NONE = new ExecOutput() {
        @Override
        public void stdout(byte[] bytes) {}

        @Override
        public void stderr(byte[] bytes) {}
    };

    void stdout(byte[] bytes) throws IOException;

    void stderr(byte[] bytes) throws IOException;
}
