package dev.execlaw.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code execlaw session}: what the page does, from a shell. */
@Command(
        name = "session",
        description = "List, create, feed, connect, stop, start and delete sessions of the running server.",
        subcommands = {
            SessionCommand.ListAll.class,
            SessionCommand.Create.class,
            SessionCommand.Send.class,
            SessionNetworkCommand.class,
            SessionCommand.Stop.class,
            SessionCommand.Start.class,
            SessionCommand.Remove.class,
        })
final class SessionCommand {

    private SessionCommand() {}

    /** Where the API has this session. */
    static String path(String id) {
        if (!id.matches("[A-Za-z0-9_-]+")) {
            throw new CliException("\"" + id + "\" is no session id", "`execlaw session list` shows them");
        }
        return "/sessions/" + id;
    }

    /** What all of them share. */
    abstract static class Call implements Callable<Integer> {

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final ConfigOptions options = new ConfigOptions();

        @Override
        public Integer call() throws InterruptedException {
            PrintWriter out = spec.commandLine().getOut();
            try (ApiClient api = ApiClient.of(options.loader().load())) {
                run(api, out);
            }
            out.flush();
            return 0;
        }

        abstract void run(ApiClient api, PrintWriter out) throws InterruptedException;

        static void print(PrintWriter out, JsonNode session) {
            out.printf(
                    "%-14s %-10s %-9s %-20s %s%n",
                    text(session, "id"),
                    text(session, "state"),
                    text(session, "agentState"),
                    text(session, "provider") + "/" + text(session, "model"),
                    text(session, "name"));
        }

        private static String text(JsonNode session, String field) {
            return session.path(field).asString("");
        }
    }

    /** {@code execlaw session list}. */
    @Command(name = "list", description = "List them, newest first.")
    static final class ListAll extends Call {
        @Override
        void run(ApiClient api, PrintWriter out) throws InterruptedException {
            for (JsonNode session : api.call("GET", "/sessions", null).path("sessions")) {
                print(out, session);
            }
        }
    }

    /** {@code execlaw session create}. */
    @Command(name = "create", description = "Start one; prints it at once, while its machine boots.")
    static final class Create extends Call {

        @Option(names = "--name", description = "What it is called.")
        private @Nullable String name;

        @Option(names = "--provider", defaultValue = "demo", description = "Default: ${DEFAULT-VALUE}.")
        private String provider = "demo";

        @Option(names = "--model", description = "Default: the provider's first.")
        private @Nullable String model;

        @Mixin
        private final NetworkOptions network = new NetworkOptions();

        @Override
        void run(ApiClient api, PrintWriter out) throws InterruptedException {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("provider", provider);
            if (name != null) {
                body.put("name", name);
            }
            if (model != null) {
                body.put("model", model);
            }
            network.body().ifPresent(wanted -> body.put("network", wanted));
            print(out, api.call("POST", "/sessions", body));
        }
    }

    /** A command about one session. */
    abstract static class OfOne extends Call {
        @Parameters(index = "0", paramLabel = "ID", description = "The session's id.")
        @SuppressWarnings("NullAway.Init")
        private String id;

        String path() {
            return SessionCommand.path(id);
        }
    }

    /** {@code execlaw session send}. */
    @Command(name = "send", description = "Give the agent a message.")
    static final class Send extends OfOne {
        @Parameters(index = "1", paramLabel = "TEXT", description = "The message.")
        @SuppressWarnings("NullAway.Init")
        private String text;

        @Override
        void run(ApiClient api, PrintWriter out) throws InterruptedException {
            JsonNode posted = api.call("POST", path() + "/messages", Map.of("text", text));
            out.println(posted.path("messageId").asString("") + " "
                    + posted.path("state").asString(""));
        }
    }

    /** {@code execlaw session stop}. */
    @Command(name = "stop", description = "End its machine; disk and transcript stay.")
    static final class Stop extends OfOne {
        @Override
        void run(ApiClient api, PrintWriter out) throws InterruptedException {
            print(out, api.call("POST", path() + "/stop", Map.of()));
        }
    }

    /** {@code execlaw session start}. */
    @Command(name = "start", description = "Boot it again on its own disk.")
    static final class Start extends OfOne {
        @Override
        void run(ApiClient api, PrintWriter out) throws InterruptedException {
            print(out, api.call("POST", path() + "/start", Map.of()));
        }
    }

    /** {@code execlaw session rm}. */
    @Command(name = "rm", description = "Delete it with its machine and transcript.")
    static final class Remove extends OfOne {
        @Override
        void run(ApiClient api, PrintWriter out) throws InterruptedException {
            var _ = api.call("DELETE", path(), null);
        }
    }
}
