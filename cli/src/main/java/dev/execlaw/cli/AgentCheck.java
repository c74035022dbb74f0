package dev.execlaw.cli;

import dev.execlaw.cli.AgentTalk.Missed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** What is tried of an agent, one check after the other, each on what the last one left. Used by one thread. */
final class AgentCheck {

    private static final String BANNER = "Type your message (Ctrl+D or 'exit' to quit):";
    private static final int LONG = 100_000;

    private final Consumer<Line> lines;
    private final List<Line> told = new ArrayList<>();
    private boolean up;

    /**
     * Nothing is tried yet.
     *
     * @param lines takes each line as it becomes known
     */
    AgentCheck(Consumer<Line> lines) {
        this.lines = lines;
    }

    /** How a check ended. */
    enum State {
        OK,
        FAILED,
        /** The agent offers no such thing, or the checks before it failed. */
        SKIPPED
    }

    /**
     * One check.
     *
     * @param ms how long it took
     * @param detail what was seen
     */
    record Line(String name, State state, long ms, String detail) {}

    /** The agent does not have what is to be tried. */
    private static final class Lacking extends RuntimeException {
        private static final long serialVersionUID = 1;

        Lacking(String message) {
            super(message);
        }
    }

    @FunctionalInterface
    private interface Trial {
        /** Returns what was seen. */
        String run() throws IOException, InterruptedException;
    }

    List<Line> lines() {
        return List.copyOf(told);
    }

    /** Holds the whole conversation. */
    void run(AgentTalk talk) throws InterruptedException {
        check("starts", () -> starts(talk));
        up = told.getLast().state() == State.OK;
        check("banner and prompt", () -> banner(talk));
        check("version", () -> version(talk));
        check("message and answer", () -> answer(talk, "hello", "Hello!"));
        check("tool call and result", () -> tool(talk));
        check("whole shell syntax", () -> syntax(talk));
        check("files", () -> files(talk));
        check("several lines", () -> answer(talk, "one\n[x] two\n\n> three", "characters in 4 lines"));
        check("long message", () -> answer(talk, "y".repeat(LONG), "received " + LONG + " characters"));
        check("unicode", () -> answer(talk, "žluťoučký 日本 \uD83E\uDD9E", "received 14 characters"));
        check("words that are commands", () -> words(talk));
        check("long answer", () -> answer(talk, "long 3000", "word2999 word3000"));
        check("interrupt of an answer", () -> interruptAnswer(talk));
        check("interrupt of a tool", () -> interruptTool(talk));
        check("restart after its end", () -> restart(talk));
        if (talk.created()) {
            check("deletion", () -> deletion(talk));
        }
    }

    /** What must not be left once the server has stopped. */
    void leftovers(Path scratch) throws InterruptedException {
        check("no leftovers", () -> {
            String path = scratch.toString();
            List<String> processes = ProcessHandle.allProcesses()
                    .filter(process -> process.pid() != ProcessHandle.current().pid())
                    .filter(process -> process.info().commandLine().orElse("").contains(path))
                    .map(process -> Long.toString(process.pid()))
                    .toList();
            require(processes.isEmpty(), "processes " + processes + " still run with " + path);
            try (Stream<Path> machines = Files.list(scratch.resolve("machines"))) {
                List<Path> left = machines.toList();
                require(left.isEmpty(), "left over: " + left);
            }
            return "no process, no machine";
        });
    }

    private void check(String name, Trial trial) throws InterruptedException {
        boolean needsAgent = !told.isEmpty() && !name.equals("deletion") && !name.equals("no leftovers");
        long begin = System.nanoTime();
        State state;
        String detail;
        if (needsAgent && !up) {
            state = State.SKIPPED;
            detail = "the agent did not start";
        } else {
            try {
                detail = trial.run();
                state = State.OK;
            } catch (Lacking e) {
                detail = String.valueOf(e.getMessage());
                state = State.SKIPPED;
            } catch (Missed | CliException | IOException e) {
                detail = String.valueOf(e.getMessage());
                state = State.FAILED;
            }
        }
        Line line = new Line(name, state, (System.nanoTime() - begin) / 1_000_000, detail.replaceAll("\\s+", " "));
        told.add(line);
        lines.accept(line);
    }

    private static String starts(AgentTalk talk) throws InterruptedException {
        talk.create();
        JsonNode view = talk.awaitIdle();
        long ms = 0;
        for (JsonNode step : view.path("boot")) {
            ms += step.path("ms").asLong();
        }
        return "its prompt was seen " + ms + " ms after the machine was asked for";
    }

    private static String banner(AgentTalk talk) throws IOException {
        String console = talk.console();
        require(console.contains(BANNER), "the console has no line \"" + BANNER + "\"");
        require(console.endsWith("> "), "the console does not end with the prompt \"> \"");
        boolean noise = console.substring(console.lastIndexOf(BANNER)).contains("info(");
        require(!noise, "log lines are between the banner and the prompt");
        return "as nullclaw shows them";
    }

    private static String version(AgentTalk talk) throws InterruptedException {
        String version = talk.view().path("agentVersion").asString("");
        if (version.isEmpty()) {
            throw new Lacking("it tells none by --version in the form \"nullclaw N.N.N\"");
        }
        return version;
    }

    private static String answer(AgentTalk talk, String message, String expected) throws InterruptedException {
        List<JsonNode> turn = talk.turn(message);
        completed(turn);
        String answer = AgentTalk.text(turn, "message");
        require(answer.contains(expected), "the answer lacks \"" + expected + "\": " + start(answer));
        return "answered";
    }

    private static String tool(AgentTalk talk) throws InterruptedException {
        List<JsonNode> turn = talk.turn("run uname -sn");
        completed(turn);
        JsonNode call = first(turn, "tool_call");
        require(call.path("payload").path("name").asString("").equals("shell"), "the call is no \"shell\": " + call);
        String output =
                first(turn, "tool_result").path("payload").path("output").asString("");
        require(output.contains("Linux nullclaw"), "the result lacks \"Linux nullclaw\": " + start(output));
        return "shell";
    }

    /** Redirects and substitutions, which nullclaw refuses below its highest level. */
    private static String syntax(AgentTalk talk) throws InterruptedException {
        List<JsonNode> turn =
                talk.turn("run echo $((6*7)) > /tmp/agent-check; cat /tmp/agent-check; rm /tmp/agent-check");
        completed(turn);
        String output = AgentTalk.text(turn, "tool_result");
        if (output.contains("security policy")) {
            throw new Lacking(
                    "this version refuses redirects and substitutions whatever its configuration: " + start(output));
        }
        require(output.strip().startsWith("42"), "the result is not 42: " + start(output));
        return "redirects, substitutions, rm";
    }

    private static String files(AgentTalk talk) throws InterruptedException {
        List<JsonNode> written = talk.turn("write /root/agent-check.txt kept");
        completed(written);
        String said = AgentTalk.text(written, "message");
        if (said.contains("offers me no tool")) {
            throw new Lacking(start(said));
        }
        List<JsonNode> read = talk.turn("read /root/agent-check.txt");
        completed(read);
        require(AgentTalk.text(read, "tool_result").contains("kept"), "the file does not hold what was written");
        return "written and read again";
    }

    /** Words that would end the agent, or be its own commands, if they came to its console as they are. */
    private static String words(AgentTalk talk) throws InterruptedException {
        for (String word : List.of("exit", "/quit", ":q", "/new")) {
            answer(talk, word, "received " + word.length() + " characters");
        }
        return "exit, /quit, :q and /new are messages";
    }

    private static String interruptAnswer(AgentTalk talk) throws InterruptedException {
        long before = talk.position();
        talk.say("slow 5 3000");
        talk.awaitEvent(before, "message");
        return stopped(talk, before);
    }

    private static String interruptTool(AgentTalk talk) throws InterruptedException {
        long before = talk.position();
        talk.say("run sleep 600");
        talk.awaitEvent(before, "tool_call");
        return stopped(talk, before);
    }

    private static String stopped(AgentTalk talk, long before) throws InterruptedException {
        long begin = System.nanoTime();
        talk.interrupt();
        List<JsonNode> turn = talk.awaitEvent(before, "turn_finished");
        long ms = (System.nanoTime() - begin) / 1_000_000;
        require(AgentTalk.reason(turn).equals("stopped"), "the turn ended as \"" + AgentTalk.reason(turn) + "\"");
        answer(talk, "hello", "Hello!");
        return "stopped within " + ms + " ms, and goes on";
    }

    private static String restart(AgentTalk talk) throws InterruptedException {
        long before = talk.position();
        talk.say("run kill -9 $PPID");
        List<JsonNode> turn = talk.awaitEvent(before, "turn_finished");
        if (AgentTalk.text(turn, "tool_result").contains("security policy")) {
            throw new Lacking("it does not let itself be ended");
        }
        require(
                AgentTalk.reason(turn).equals("agent_exited"),
                "the turn ended as \"" + AgentTalk.reason(turn) + "\", not with the agent");
        talk.awaitEvent(before, "notice");
        talk.awaitIdle();
        answer(talk, "hello", "Hello!");
        return "started again, told in the chat, answers";
    }

    private static String deletion(AgentTalk talk) throws InterruptedException {
        talk.delete();
        return "machine ended, its files removed";
    }

    private static void completed(List<JsonNode> turn) {
        String reason = AgentTalk.reason(turn);
        require(reason.equals("completed"), "the turn ended as \"" + reason + "\"");
    }

    private static JsonNode first(List<JsonNode> turn, String type) {
        Optional<JsonNode> found = turn.stream()
                .filter(event -> AgentTalk.type(event).equals(type))
                .findFirst();
        return found.orElseThrow(() -> new Missed("the turn has no " + type));
    }

    private static String start(String text) {
        return text.isEmpty() ? "(nothing)" : text.substring(0, Math.min(text.length(), 160));
    }

    private static void require(boolean fact, String complaint) {
        if (!fact) {
            throw new Missed(complaint);
        }
    }
}
