package dev.execlaw.cli;

import dev.execlaw.config.ConfigException;
import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.source.SourceException;
import dev.execlaw.microvm.template.TemplateException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command line. Exit status 0 is done, 1 is "could not", 2 is "not understood"; {@code exec} has its own. */
@Command(
        name = "execlaw",
        description = "Gives every AI-agent session its own microVM.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            UpCommand.class,
            OpenCommand.class,
            SessionCommand.class,
            ImageCommand.class,
            AgentCommand.class,
            TemplateCommand.class,
            StorageCommand.class,
            SecretsCommand.class,
            ExecCommand.class,
            DoctorCommand.class,
            ConfigCommand.class,
            SetupCommand.class,
            VersionCommand.class,
            WarmUpCommand.class,
        },
        footer = {"", "From the sources also: execlaw test [MODULE], execlaw bench [NAME]."})
public final class Main {

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show where an error comes from.")
    private boolean debug;

    private Main() {}

    /** Runs a command and ends the process with its status. */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        System.exit(run(out, new PrintWriter(System.err, true, StandardCharsets.UTF_8), args));
    }

    static int run(PrintWriter out, PrintWriter err, String... args) {
        Main main = new Main();
        CommandLine commands = new CommandLine(main)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, line, _) -> main.failed(e, line));
        return commands.execute(args);
    }

    private int failed(Exception e, CommandLine line) {
        PrintWriter err = line.getErr();
        if (debug) {
            e.printStackTrace(err);
        }
        switch (e) {
            case CliException known -> report(err, message(known), known.next());
            case ConfigException known -> report(err, message(known), known.next());
            case ImageException known -> report(err, message(known), "");
            case SourceException known -> report(err, message(known), "");
            case TemplateException known -> report(err, message(known), "");
            case FileSystemException known -> report(err, describe(known), "check the path and who owns it");
            case InterruptedException _ -> report(err, "interrupted", "run it again");
            default ->
                report(
                        err,
                        e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + e.getMessage()),
                        debug ? "look at the trace above" : "run it again with --debug to see where it comes from");
        }
        err.flush();
        return e instanceof CliException known ? known.status() : 1;
    }

    private static String message(Exception e) {
        return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
    }

    private static String describe(FileSystemException e) {
        return switch (e) {
            case AccessDeniedException _ -> "permission denied: " + e.getFile();
            case NoSuchFileException _ -> "no such file or directory: " + e.getFile();
            case FileAlreadyExistsException _ -> "is there already: " + e.getFile();
            default -> message(e);
        };
    }

    /** One line, whatever the texts contain. */
    private static void report(PrintWriter err, String what, String next) {
        err.println(("execlaw: " + what + (next.isEmpty() ? "" : " -- do: " + next)).replaceAll("\\s*\\R\\s*", " "));
    }

    /** What {@code --version} prints. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"execlaw " + BuildId.current()};
        }
    }
}
