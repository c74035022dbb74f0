package dev.execlaw.exec;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.session.ClientSession;

/**
 * A command in a guest that is spoken with as long as it lasts. It has no time limit; whoever holds it closes it. One
 * thread reads, one at a time writes, any thread closes.
 */
public final class Dialogue implements AutoCloseable {

    private final ChannelExec channel;
    private final Runnable left;

    private Dialogue(ChannelExec channel, Runnable left) {
        this.channel = channel;
        this.left = left;
    }

    /** Has the guest begin; {@code left} runs once, at the end. */
    static Dialogue begin(ClientSession session, String command, Duration patience, Runnable left) throws IOException {
        ChannelExec channel = session.createExecChannel(command);
        channel.setRedirectErrorStream(true);
        boolean done = false;
        try {
            channel.open().verify(patience);
            done = true;
        } finally {
            if (!done) {
                channel.close(true);
            }
        }
        channel.addCloseFutureListener(_ -> left.run());
        return new Dialogue(channel, left);
    }

    /** What the command writes, errors among it; its end is the command's, or that of the connection. */
    public InputStream output() {
        return channel.getInvertedOut();
    }

    /** What the command reads. */
    public OutputStream input() {
        return channel.getInvertedIn();
    }

    /** Does not wait for the guest, which ends the command once it hears of it. */
    @Override
    public void close() {
        channel.close(false); // at once would mean that the guest is not told
        left.run();
    }
}
