package dev.execlaw.microvm.process;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An external command: immutable, each method gives a changed copy. Standard input is empty, both outputs are captured
 * and bounded, the time is limited to a minute, unless said otherwise. The child gets this process's environment
 * without the variables that begin with {@code EXECLAW_}: those may hold secrets.
 *
 * <p>Any thread may run a command; the child itself is started by the one spawner thread.
 */
public final class Command {

    private static final int STDERR_LIMIT = 64 * 1024;
    private static final Duration PIPES_GRACE = Duration.ofSeconds(2);
    private static final Executor PIPES =
            task -> Thread.ofPlatform().name("command-pipe").daemon(true).start(task);

    private final List<String> argv;
    private final Options options;

    private Command(List<String> argv, Options options) {
        this.argv = argv;
        this.options = options;
    }

    /** A command by its program (looked up in PATH) and arguments; no shell is involved. */
    public static Command of(List<String> argv) {
        if (argv.isEmpty()) {
            throw new IllegalArgumentException("a command needs at least the program's name");
        }
        return new Command(List.copyOf(argv), Options.DEFAULT);
    }

    /** As {@link #of(List)}. */
    public static Command of(String... argv) {
        return of(List.of(argv));
    }

    /** How long {@link #run} waits before it kills the command and what that has started. */
    public Command timeout(Duration timeout) {
        return new Command(argv, options.withTimeout(timeout));
    }

    /** Adds variables to the child's environment. */
    public Command environment(Map<String, String> added) {
        Map<String, String> all = new LinkedHashMap<>(options.environment());
        all.putAll(added);
        return new Command(argv, options.withEnvironment(Map.copyOf(all)));
    }

    /** Gives the child nothing of this process's environment but PATH. */
    public Command bareEnvironment() {
        return new Command(argv, options.withBare(true));
    }

    /**
     * Kills the child when this process ends, however it ends (setpriv(1), PR_SET_PDEATHSIG): for work whose files
     * another process may clear away as soon as this one is dead. The one spawner thread is what makes this safe: the
     * kernel sends the signal at the end of the thread that started the child.
     */
    public Command tied() {
        return new Command(argv, options.withTied(true));
    }

    /** The child's working directory. */
    public Command directory(Path directory) {
        return new Command(argv, options.withDirectory(directory));
    }

    /** Gives these bytes to the child's standard input. A child may end without reading all of them. */
    public Command input(byte[] bytes) {
        return new Command(argv, options.withInput(bytes.clone()));
    }

    /** Standard input comes from this file. */
    public Command inputFrom(Path file) {
        return new Command(argv, options.withInputFile(file));
    }

    /** Standard output goes to this file, which is made or emptied. */
    public Command outputTo(Path file) {
        return new Command(argv, options.withOutputFile(file));
    }

    /** The most that is captured of standard output, bytes (default 1 MiB); a command that writes more fails. */
    public Command outputLimit(int bytes) {
        return new Command(argv, options.withOutputLimit(bytes));
    }

    /** Is given each line of both outputs as it comes, on threads of its own: for progress. */
    public Command onLine(Consumer<String> lines) {
        return new Command(argv, options.withLines(lines));
    }

    /** Texts that must not appear where the command line is shown. */
    public Command secrets(List<String> secrets) {
        return new Command(argv, options.withSecrets(List.copyOf(secrets)));
    }

    /**
     * Runs it and waits for its end.
     *
     * @throws CommandException when it cannot be started, is killed for being late, or wrote more than the limit
     * @throws InterruptedException after killing it
     */
    public CommandResult run() throws CommandException, InterruptedException {
        Process process = spawn(builder());
        Capture out = new Capture(process.getInputStream(), Capture.Keep.HEAD, options.outputLimit(), options.lines());
        Capture err = new Capture(process.getErrorStream(), Capture.Keep.TAIL, STDERR_LIMIT, options.lines());
        CompletableFuture<Void> pipes =
                CompletableFuture.allOf(CompletableFuture.runAsync(out, PIPES), CompletableFuture.runAsync(err, PIPES));
        feed(process);
        boolean ended = false;
        try {
            ended = process.waitFor(options.timeout().toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            if (!ended) {
                killTree(process);
            }
        }
        if (!ended) {
            throw CommandException.late(shown(), options.timeout().toString().substring(2), err.text());
        }
        drain(pipes);
        if (out.overflowed()) {
            throw CommandException.broken(
                    shown(),
                    "wrote more than the " + options.outputLimit() + " bytes that are captured; raise outputLimit"
                            + " or send the output to a file",
                    process.exitValue(),
                    err.text());
        }
        IOException unread = out.failure();
        if (unread != null) {
            throw CommandException.broken(
                    shown(), "wrote what could not be read: " + unread.getMessage(), process.exitValue(), err.text());
        }
        return new CommandResult(process.exitValue(), out.text(), err.text());
    }

    /** Runs it as {@link #run} does; a status other than 0 is an error too. */
    public CommandResult runOrThrow() throws CommandException, InterruptedException {
        CommandResult result = run();
        if (!result.succeeded()) {
            throw CommandException.failed(shown(), result);
        }
        return result;
    }

    /** The command line as it may be shown: secrets struck out. */
    public List<String> shown() {
        List<String> shown = new ArrayList<>();
        for (String argument : argv) {
            String text = argument;
            for (String secret : options.secrets()) {
                text = secret.isEmpty() ? text : text.replace(secret, "***");
            }
            shown.add(text);
        }
        return List.copyOf(shown);
    }

    @Override
    public String toString() {
        return String.join(" ", shown());
    }

    /** Starts it in a session of its own; nothing of it is captured, a status and an end are all it has. */
    Process detached() throws CommandException {
        List<String> own = new ArrayList<>(List.of("setsid", "--"));
        own.addAll(argv);
        ProcessBuilder builder = builder().command(own);
        builder.redirectError(Redirect.DISCARD);
        if (options.outputFile() == null) {
            builder.redirectOutput(Redirect.DISCARD);
        }
        return spawn(builder);
    }

    Process spawn(ProcessBuilder builder) throws CommandException {
        try {
            return Spawner.start(builder);
        } catch (IOException e) {
            throw CommandException.notStarted(shown(), e);
        }
    }

    ProcessBuilder builder() {
        List<String> all =
                new ArrayList<>(options.tied() ? List.of("setpriv", "--pdeathsig", "KILL", "--") : List.of());
        all.addAll(argv);
        ProcessBuilder builder = new ProcessBuilder(all);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> options.bare() ? !name.equals("PATH") : name.startsWith("EXECLAW_"));
        environment.putAll(options.environment());
        if (options.directory() != null) {
            builder.directory(options.directory().toFile());
        }
        if (options.inputFile() != null) {
            builder.redirectInput(options.inputFile().toFile());
        } else if (options.input() == null) {
            builder.redirectInput(new File("/dev/null"));
        }
        if (options.outputFile() != null) {
            builder.redirectOutput(Redirect.to(options.outputFile().toFile()));
        }
        return builder;
    }

    private void feed(Process process) {
        byte @Nullable [] input = options.input();
        if (input != null) {
            PIPES.execute(() -> {
                try (OutputStream stdin = process.getOutputStream()) {
                    stdin.write(input);
                } catch (IOException e) {
                    options.lines().accept("not all of the input was read: " + e.getMessage());
                }
            });
        }
    }

    /**
     * Lets the readers come to the end. Something that the command left behind may hold its outputs open; what the
     * command itself wrote is read by then, the rest is not waited for.
     */
    private static void drain(CompletableFuture<Void> pipes) throws InterruptedException {
        try {
            pipes.get(PIPES_GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            return;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a line listener failed", e.getCause());
        }
    }

    private static void killTree(Process process) {
        List<ProcessHandle> tree = process.descendants().toList();
        process.destroyForcibly();
        tree.forEach(ProcessHandle::destroyForcibly);
    }
}
