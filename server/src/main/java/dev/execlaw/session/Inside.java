package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecResult;
import dev.execlaw.exec.GuestShell;
import dev.execlaw.exec.HostKey;
import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.wake.Wake;
import dev.execlaw.microvm.wake.WakeException;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server itself runs in a guest, beside its agent: the end of its tools, and the guest's own checks. Asked on the
 * supervisor's thread; the work is done on threads of its own and answers by mail.
 */
final class Inside implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Inside.class);

    /** More than this is no report any more. */
    private static final long REPORT_LIMIT = 256 * 1024;

    private final WayIn wayIn;
    private final Chronicle chronicle;
    private final AgentAdapter agent;
    private final int run;
    private final Consumer<Mail> mail;
    private final List<GuestFile> clothes;
    private final Duration limit;
    private final ToolEnd tools;
    private @Nullable HostKeyQuestion question;
    private boolean asked;
    private String remark = "";

    /**
     * @param clothes files that a guest which boots must be given, as its disk has none of them
     * @param limit for it to take them
     */
    Inside(
            WayIn wayIn,
            Chronicle chronicle,
            AgentAdapter agent,
            int run,
            Consumer<Mail> mail,
            List<GuestFile> clothes,
            Duration limit) {
        this.wayIn = wayIn;
        this.chronicle = chronicle;
        this.agent = agent;
        this.run = run;
        this.mail = mail;
        this.clothes = List.copyOf(clothes);
        this.limit = limit;
        this.tools = new ToolEnd(wayIn, agent.program(), run, mail);
    }

    /** Asks for the host key at the shell's prompt, once and if it is not known. Returns whether it did. */
    boolean askHostKey(Console console) {
        if (asked || !wayIn.lacksHostKey()) {
            return false;
        }
        asked = true;
        try {
            question = HostKeyQuestion.ask(console);
            return true;
        } catch (IOException e) {
            remark = "no commands beside the agent: it does not take input on its console: " + e.getMessage();
            return false;
        }
    }

    /** Whether the host key was asked for and there was no answer yet. */
    boolean asking() {
        return question != null;
    }

    /** What was asked for the host key has ended. */
    void hostKeyTold(int status) {
        HostKeyQuestion told = question;
        Optional<HostKey> key = told == null ? Optional.empty() : told.answer(status);
        key.ifPresentOrElse(this::open, this::noHostKey);
    }

    private void open(HostKey key) {
        question = null;
        chronicle.hostKey(key.line());
        wayIn.open(key);
    }

    /** There is no answer. */
    void noHostKey() {
        HostKeyQuestion last = question;
        question = null;
        if (last != null) {
            remark = "no commands beside the agent: asked for its SSH host key, " + last.why();
        }
    }

    /**
     * Gives a guest that boots what it has in memory alone: it was cloned once, so its disk has none of it.
     *
     * @return false where there is nothing to give; else the guest's answer comes by mail
     */
    boolean dress() {
        if (clothes.isEmpty()) {
            return false;
        }
        List<GuestFile> files = clothes;
        Thread.ofVirtual().name("dress").start(() -> mail.accept(new Mail.Dressed(run, dressed(files))));
        return true;
    }

    private Optional<Problem> dressed(List<GuestFile> files) {
        try {
            wayIn.wake(new Wake(null, files, true), limit);
            return Optional.empty();
        } catch (WakeException e) {
            return Optional.of(new Problem(
                    ErrorCode.BOOT_FAILED,
                    "the guest did not take its agent's configuration: " + e.getMessage(),
                    "start the session again; its disk and transcript are kept"));
        }
    }

    /** How the agent is spoken to, where it does not read its console; {@code patience} for it to make itself known. */
    Speaker speaker(Duration patience, Outputs outputs) {
        return new Speaker(this, chronicle, agent, run, mail, patience, outputs);
    }

    /** What has the guest end its agent's tools. */
    ToolEnd tools() {
        return tools;
    }

    /** What there is to say about the answer; nothing where all is well. */
    String remark() {
        return remark;
    }

    /** The way in, where there is one. */
    Optional<GuestShell> way() {
        return wayIn.known();
    }

    /** The way in, or why there is none. */
    GuestShell shell() {
        return wayIn.shell();
    }

    @Override
    public void close() {
        wayIn.close();
    }

    /**
     * Has the guest check itself while its agent waits, undisturbed. Where nobody gets in the same is asked again by the
     * console.
     *
     * @return false when there is no way in
     */
    boolean examine(String command, Duration limit, CompletableFuture<Checkup> reply) {
        Optional<GuestShell> shell = wayIn.known();
        shell.ifPresent(known -> Thread.ofVirtual()
                .name("examination")
                .start(() -> examine(known, ExecCommand.of(command, limit, REPORT_LIMIT), reply)));
        return shell.isPresent();
    }

    private void examine(GuestShell shell, ExecCommand command, CompletableFuture<Checkup> reply) {
        try {
            Said said = new Said();
            ExecResult result = shell.run(command, said);
            CheckupReport report = CheckupReport.of(said.out());
            report.whole()
                    .ifPresentOrElse(
                            reply::complete,
                            () -> reply.completeExceptionally(noReport(command, result, report, said)));
        } catch (ProblemException e) {
            LOG.info(
                    "the guest's checks could not be run beside the agent: {}",
                    e.problem().detail());
            mail.accept(new Mail.Examine(true, reply));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            mail.accept(new Mail.Examine(true, reply));
        }
    }

    private static ProblemException noReport(ExecCommand command, ExecResult result, CheckupReport report, Said said) {
        String how = result.timedOut()
                ? "it did not end within " + command.timeout().toSeconds() + " s, and " + report.reach()
                : "it ended with " + (result.status() == null ? "SIG" + result.signal() : "status " + result.status())
                        + " and " + report.reach();
        return new ProblemException(
                ErrorCode.EXAMINATION_FAILED,
                "the examination by " + Examination.PROGRAM + " failed: " + how
                        + (said.err().isEmpty() ? "" : "; it said: " + said.err()),
                "try again; if its image is older than this server, build it again and create a new session");
    }
}
