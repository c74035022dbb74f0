package dev.execlaw.session;

import dev.execlaw.a2a.A2aException;
import dev.execlaw.a2a.A2aLine;
import dev.execlaw.a2a.A2aTalk;
import dev.execlaw.exec.GuestShell;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One turn with an agent that is given its messages by A2A. It tells when the turn is over; what happens in it the gateway
 * tells, as with an agent at its console.
 */
final class A2aSpeech implements Voice {

    private static final Logger LOG = LoggerFactory.getLogger(A2aSpeech.class);

    /** One conversation for the machine's whole life: the agent keeps what was said in it, also when it is started again. */
    private static final String CONTEXT = "execlaw";

    private static final String NEXT =
            "look at /var/log/nullclaw.err in the machine; if it goes on, create a session with agentChannel console";

    private final Supplier<GuestShell> shell;
    private final String command;
    private final A2aTalk talk;
    private final BiConsumer<Voice, News> news;

    /**
     * A speech that is not begun.
     *
     * @param shell the way in, or a {@link ProblemException}
     * @param listens for the agent's endpoint to listen
     */
    A2aSpeech(Supplier<GuestShell> shell, String command, Duration listens, BiConsumer<Voice, News> news) {
        this.shell = shell;
        this.command = command;
        this.news = news;
        this.talk = new A2aTalk(new Way(), CONTEXT, new A2aTalk.Patience(listens, Duration.ofSeconds(1)));
    }

    /** Asks for the way in on the thread that uses it. */
    private final class Way implements A2aLine {
        @Override
        public byte[] call(byte[] request) throws IOException, InterruptedException {
            return line().call(request);
        }

        @Override
        public Answer open(byte[] request) throws IOException, InterruptedException {
            return line().open(request);
        }

        private ShellLine line() {
            return new ShellLine(shell.get(), command);
        }
    }

    /**
     * Gives the agent a message.
     *
     * @param message its id
     * @param token stands for its text
     */
    void begin(String message, String token) {
        begin("a2a", () -> talk.prompt(message, token));
    }

    /** Ends what the agent still does for a server that has gone. */
    void settle() {
        begin("a2a-settle", () -> {
            talk.settle();
            return "canceled";
        });
    }

    private interface Deed {
        String run() throws IOException, InterruptedException;
    }

    private void begin(String name, Deed deed) {
        Thread.ofVirtual().name(name).start(() -> news.accept(this, told(deed)));
    }

    private static News told(Deed deed) {
        try {
            return new News.Ended(deed.run());
        } catch (A2aException e) {
            return broken(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return broken("the agent cannot be spoken to: " + e.getMessage());
        } catch (ProblemException e) {
            return new News.Broken(e.problem());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return broken("the thread that speaks with the agent was interrupted");
        } catch (RuntimeException e) {
            LOG.error("the talk with the agent failed", e);
            return broken("the talk with the agent failed: " + e);
        }
    }

    private static News broken(String detail) {
        return new News.Broken(new Problem(ErrorCode.AGENT_EXIT, detail, NEXT));
    }

    @Override
    public void cancel() {
        Thread.ofVirtual().name("a2a-cancel").start(() -> {
            try {
                talk.cancel();
            } catch (IOException | ProblemException e) {
                LOG.info("the agent could not be told to cancel: {}", e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Override
    public void choose(String request, String option) {
        throw new IllegalStateException("no agent asks for leave by A2A");
    }

    @Override
    public void end() {
        talk.end();
    }
}
