package dev.execlaw.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code execlaw exec}. */
@Command(
        name = "exec",
        description = {
            "Run a command in a session's machine, beside its agent.",
            "One word is text for a shell; several are a program and its arguments.",
            "The status is the command's, 128 and the number of the signal that ended it, 124 after its timeout,"
                    + " or 125 when it could not be run."
        })
final class ExecCommand implements Callable<Integer> {

    /** As env(1), timeout(1) and docker exec have it. */
    static final int NOT_RUN = 125;

    /** The longest that a command may run, and some time to be killed. */
    private static final Duration LONGEST = Duration.ofMinutes(62);

    private static final int TIMED_OUT = 124;
    private static final int SIGNALS = 128;
    private static final int INPUT_LIMIT = 8 << 20;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Option(
            names = "--timeout",
            paramLabel = "S",
            description = "Kill it after so many seconds, 1 to 3600. Default: 60.")
    private @Nullable Integer timeout;

    @Option(names = "--cwd", paramLabel = "DIR", description = "The directory it begins in.")
    private @Nullable String cwd;

    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "One more variable of its environment.")
    private final Map<String, String> env = new LinkedHashMap<>();

    @Option(
            names = {"-n", "--no-stdin"},
            description = "Pass no input on. Else it is, unless it is a terminal.")
    private boolean noInput;

    @Parameters(index = "0", paramLabel = "SESSION", description = "The session's id.")
    @SuppressWarnings("NullAway.Init")
    private String session;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND", description = "What to run; after --.")
    @SuppressWarnings("NullAway.Init")
    private List<String> command;

    @Override
    public Integer call() throws InterruptedException {
        try (ApiClient api = ApiClient.of(options.loader().load())) {
            Outputs outputs = new Outputs(System.out, System.err);
            api.stream(SessionCommand.path(session) + "/exec", body(), outputs::event, LONGEST);
            return outputs.status();
        } catch (CliException e) {
            throw e.withStatus(NOT_RUN);
        } catch (IOException e) {
            throw new CliException("input or output broke: " + e.getMessage(), "see where they lead", e)
                    .withStatus(NOT_RUN);
        }
    }

    private Map<String, Object> body() throws IOException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("command", command.size() == 1 ? command.getFirst() : words(command));
        if (timeout != null) {
            body.put("timeoutS", timeout);
        }
        if (cwd != null) {
            body.put("cwd", cwd);
        }
        if (!env.isEmpty()) {
            body.put("env", env);
        }
        byte[] input = noInput || Terminals.isTerminal(0) ? new byte[0] : input(System.in);
        if (input.length > 0) {
            body.put("stdinBase64", Base64.getEncoder().encodeToString(input));
        }
        return body;
    }

    private static byte[] input(InputStream in) throws IOException {
        byte[] all = in.readNBytes(INPUT_LIMIT + 1);
        if (all.length > INPUT_LIMIT) {
            throw new CliException(
                    "the input has more than " + INPUT_LIMIT + " bytes, which is the limit", "pass it on in parts");
        }
        return all;
    }

    /** Words as a shell reads them back. */
    static String words(List<String> words) {
        return words.stream()
                .map(word -> word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }

    /** Where what comes goes to. */
    static final class Outputs {

        private final OutputStream out;
        private final OutputStream err;
        private @Nullable Integer status;

        Outputs(OutputStream out, OutputStream err) {
            this.out = out;
            this.err = err;
        }

        void event(String name, JsonNode data) throws IOException {
            switch (name) {
                case "stdout" -> write(out, data);
                case "stderr" -> write(err, data);
                case "exit" -> status = status(data);
                case "error" ->
                    throw new CliException(
                            data.path("detail").asString("the command broke off"),
                            data.path("next").asString("try again"));
                default -> {} // an event of a newer server
            }
        }

        private static void write(OutputStream to, JsonNode data) throws IOException {
            String base64 = data.path("base64").asString("");
            to.write(
                    base64.isEmpty()
                            ? data.path("text").asString("").getBytes(StandardCharsets.UTF_8)
                            : Base64.getDecoder().decode(base64));
            to.flush();
        }

        private int status(JsonNode exit) throws IOException {
            if (exit.path("truncated").asBoolean(false)) {
                err.write("execlaw: the output was more than the limit and is not whole\n"
                        .getBytes(StandardCharsets.UTF_8));
            }
            if (exit.path("timedOut").asBoolean(false)) {
                err.write("execlaw: its time was over and it was killed\n".getBytes(StandardCharsets.UTF_8));
                return TIMED_OUT;
            }
            String signal = exit.path("signal").asString("");
            return signal.isEmpty() ? exit.path("status").asInt(NOT_RUN) : SIGNALS + number(signal);
        }

        /** Of signal(7), as far as they end programs. */
        private static int number(String signal) {
            return switch (signal) {
                case "HUP" -> 1;
                case "INT" -> 2;
                case "QUIT" -> 3;
                case "ILL" -> 4;
                case "ABRT" -> 6;
                case "FPE" -> 8;
                case "KILL" -> 9;
                case "SEGV" -> 11;
                case "PIPE" -> 13;
                case "ALRM" -> 14;
                case "TERM" -> 15;
                default -> 0; // told by a name that SSH does not know (RFC 4254, section 6.10)
            };
        }

        int status() {
            return Objects.requireNonNullElseGet(status, () -> {
                throw new CliException("the server ended before the command did", "look whether it still runs");
            });
        }
    }
}
