package dev.execlaw.microvm.network;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import dev.execlaw.microvm.process.CommandResult;
import java.time.Duration;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Runs ip(8) and nft(8), with an error that says what was tried. Any thread. */
final class HostCommand {

    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final int OUTPUT_LIMIT = 256 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private HostCommand() {}

    /** Changes rules: all of the statements (nft(8)), or none. */
    static void nft(String what, String statements) throws NetworkException {
        run(what, Command.of("nft", "-f", "-").input(statements.getBytes(UTF_8)));
    }

    /** Reads rules. */
    static JsonNode nftJson(String what, String... arguments) throws NetworkException {
        return json(what, "nft -j", arguments).path("nftables");
    }

    /** Changes links and addresses: one command on each line, up to the first that fails. */
    static void ip(String what, String commands) throws NetworkException {
        run(what, Command.of("ip", "-batch", "-").input(commands.getBytes(UTF_8)));
    }

    /** Reads links, addresses or routes. */
    static JsonNode ipJson(String what, String... arguments) throws NetworkException {
        return json(what, "ip -j", arguments);
    }

    private static JsonNode json(String what, String program, String... arguments) throws NetworkException {
        List<String> argv = new java.util.ArrayList<>(List.of(program.split(" ")));
        argv.addAll(List.of(arguments));
        String text = run(what, Command.of(argv)).strip();
        try {
            return JSON.readTree(text.isEmpty() ? "[]" : text);
        } catch (JacksonException e) {
            throw new NetworkException("cannot " + what + ": " + String.join(" ", argv) + " wrote no JSON", e);
        }
    }

    private static String run(String what, Command command) throws NetworkException {
        try {
            CommandResult result =
                    command.timeout(DEADLINE).outputLimit(OUTPUT_LIMIT).runOrThrow();
            return result.stdout();
        } catch (CommandException e) {
            throw new NetworkException("cannot " + what + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NetworkException("cannot " + what + ": interrupted", e);
        }
    }
}
