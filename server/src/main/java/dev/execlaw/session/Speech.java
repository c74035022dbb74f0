package dev.execlaw.session;

import dev.execlaw.acp.AcpException;
import dev.execlaw.acp.AcpLimits;
import dev.execlaw.acp.AcpTalk;
import dev.execlaw.event.EventPayload;
import dev.execlaw.exec.Dialogue;
import dev.execlaw.exec.GuestShell;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One turn with an agent that is spoken to, on a thread of its own. {@link #cancel}, {@link #choose} and {@link #end} do
 * not block; any thread may call them.
 */
final class Speech implements AcpTalk.Listener, Voice {

    private static final Logger LOG = LoggerFactory.getLogger(Speech.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String DIRECTORY = "/root";

    /** Events that are told and not heard yet; who tells more waits, and with it the agent. */
    private static final int UNHEARD = 16;

    private final String turn;
    private final String text;
    private final Duration patience;
    private final Outputs outputs;
    private final Semaphore room = new Semaphore(UNHEARD);
    private final BiConsumer<Speech, News> news;
    private final Object lock = new Object();
    private @Nullable AcpTalk talk;
    private @Nullable Dialogue line;
    private boolean begun;
    private boolean late;
    private boolean cancelled;
    private boolean ended;

    /**
     * A speech that is not begun.
     *
     * @param turn id of the message
     * @param patience for the agent to make itself known and to open its session
     * @param outputs keeps what is too long to be told whole
     */
    Speech(String turn, String text, Duration patience, Outputs outputs, BiConsumer<Speech, News> news) {
        this.turn = turn;
        this.text = text;
        this.patience = patience;
        this.outputs = outputs;
        this.news = news;
    }

    void begin(GuestShell shell, String command) {
        Thread.ofVirtual().name("speech").start(() -> tell(speak(shell, command)));
    }

    private News speak(GuestShell shell, String command) {
        try (Dialogue dialogue = shell.dialogue(command);
                AcpTalk mine = listen(dialogue)) {
            synchronized (lock) {
                talk = mine;
                line = dialogue;
                if (ended || cancelled) {
                    return new News.Ended("cancelled");
                }
            }
            CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(this::hurry);
            return new News.Ended(mine.prompt(DIRECTORY, text));
        } catch (AcpException e) {
            return broken(String.valueOf(e.getMessage()), "look at /var/log/execlaw-acp.err in the machine");
        } catch (IOException e) {
            boolean slow;
            synchronized (lock) {
                slow = late;
            }
            return broken(
                    slow
                            ? "the agent did not open a session within " + patience.toSeconds() + " s"
                            : String.valueOf(e.getMessage()),
                    "look at /var/log/execlaw-acp.err in the machine; a start begins the agent anew");
        } catch (ProblemException e) {
            return new News.Broken(e.problem());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return broken("the thread that speaks with the agent was interrupted", "try again");
        } catch (RuntimeException e) {
            LOG.error("the talk with the agent failed", e);
            return broken("the talk with the agent failed: " + e, "try again");
        }
    }

    private AcpTalk listen(Dialogue dialogue) {
        long first = RANDOM.nextInt(1 << 20) * 1000L + 1;
        return new AcpTalk(dialogue.output(), dialogue.input(), turn, first, AcpLimits.DEFAULTS, this);
    }

    private static News broken(String detail, String next) {
        return new News.Broken(new Problem(ErrorCode.AGENT_EXIT, detail, next));
    }

    private void tell(News what) {
        news.accept(this, what);
    }

    private void hurry() {
        Dialogue slow = null;
        synchronized (lock) {
            if (!begun) {
                late = true;
                slow = line;
            }
        }
        if (slow != null) {
            slow.close();
        }
    }

    @Override
    public void begun() {
        synchronized (lock) {
            begun = true;
        }
    }

    @Override
    public void event(EventPayload payload) {
        room.acquireUninterruptibly();
        tell(new News.Shown(payload));
    }

    /** One of the events that were told is heard. */
    void heard() {
        room.release();
    }

    @Override
    public void keep(String call, String output) {
        outputs.keep(call, output);
    }

    @Override
    public void asks(EventPayload.PermissionRequest request) {
        tell(new News.Asked(request));
    }

    @Override
    public void cancel() {
        AcpTalk known;
        synchronized (lock) {
            cancelled = true;
            known = talk;
        }
        if (known != null) {
            later("cancel", known::cancel);
        }
    }

    @Override
    public void choose(String request, String option) {
        AcpTalk known;
        synchronized (lock) {
            known = talk;
        }
        if (known != null) {
            later("choose", () -> known.choose(request, option));
        }
    }

    @Override
    public void end() {
        Dialogue last;
        synchronized (lock) {
            if (!ended) {
                room.release(1 << 30); // nothing waits to be heard any more
            }
            ended = true;
            last = line;
        }
        if (last != null) {
            last.close();
        }
    }

    private interface Write {
        void run() throws IOException;
    }

    /** What the agent is to be told; a line that is broken is told of by the thread that reads it. */
    private static void later(String what, Write write) {
        Thread.ofVirtual().name("speech-" + what).start(() -> {
            try {
                write.run();
            } catch (IOException e) {
                LOG.info("the agent could not be told to {}: {}", what, e.getMessage());
            }
        });
    }
}
