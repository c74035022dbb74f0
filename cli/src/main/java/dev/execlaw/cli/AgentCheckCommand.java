package dev.execlaw.cli;

import dev.execlaw.cli.AgentCheck.Line;
import dev.execlaw.cli.DaemonStarter.RunningDaemon;
import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.image.OtherAgent;
import dev.execlaw.tool.Tool;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code execlaw agent check}: a server of its own in a directory that is removed again, one machine, and a conversation
 * with the demo model in which everything is tried that sessions need of an agent. Nothing of the host's network is
 * changed; a server that runs over the same data directory is not touched.
 */
@Command(
        name = "check",
        description = {
            "Boot a machine with an agent and say line by line what works.",
            "The model is the built-in demo; no key and no network are used. Status 1 if something failed.",
            "Tries agents at their console: of agents that speak ACP ([agent.NAME]) nothing is checked."
        })
final class AgentCheckCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            description = "The agent's program, in the place of nullclaw. Default: what the image has.")
    private @Nullable Path file;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    private final DaemonStarter starter = new ServerStarter();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Config config = options.loader()
                .override("log.level", "error")
                .override("log.json", null)
                .load();
        LogSetup.apply(config.log());
        DataDirectory data = ConfigOptions.dataDirectory(config);
        Preflight.canKeep(data);
        try (ProgressDisplay progress = ProgressDisplay.onStandardError()) {
            Packages.need(Tool.FOR_MACHINES, progress);
        }
        data.create();
        Image base = Images.ensure(config, data);
        PrintWriter out = spec.commandLine().getOut();
        AgentCheck check = new AgentCheck(json ? _ -> {} : line -> print(out, line));
        Path scratch = scratch(data);
        try {
            run(base, scratch, check);
        } finally {
            DirectoryTree.delete(scratch);
        }
        if (json) {
            out.println(report(check.lines()));
        } else {
            out.println(summary(check.lines()));
        }
        out.flush();
        return passed(check.lines()) ? 0 : 1;
    }

    /** What a check that is killed leaves there, a later build removes. */
    private static Path scratch(DataDirectory data) throws IOException {
        Files.createDirectories(data.work());
        byte[] name = new byte[3];
        ThreadLocalRandom.current().nextBytes(name);
        return Files.createDirectory(
                data.work().resolve("check-" + HexFormat.of().formatHex(name)));
    }

    private void run(Image base, Path scratch, AgentCheck check) throws IOException, InterruptedException {
        DataDirectory data = directory(scratch);
        data.create();
        ImageStore store = new ImageStore(scratch);
        Image image = file == null ? OtherAgent.same(base, store) : OtherAgent.in(base, file, store);
        Config config = options.loader()
                .override("server.listen", "127.0.0.1:0")
                .override("server.data_dir", scratch.toString())
                .override("image.name", image.name())
                .override("log.level", "error")
                .override("network.mode", "user") // nothing is changed on the host
                .override("vm.templates", "false")
                .override("vm.pool", "0")
                .override("session.checkpoints", "false")
                .override("session.agent", "nullclaw")
                .load();
        try (DataLock _ = DataLock.take(data)) {
            RunningDaemon daemon = starter.start(config, data, BuildId.current(), Optional.empty());
            try (ApiClient api = new ApiClient(Urls.base(daemon.address()), daemon.token())) {
                check.run(new AgentTalk(api, data.machines()));
            } finally {
                daemon.stop();
            }
            check.leftovers(scratch);
        }
    }

    private static DataDirectory directory(Path scratch) {
        try {
            return new DataDirectory(scratch);
        } catch (IllegalArgumentException e) {
            throw new CliException(String.valueOf(e.getMessage()), "give a shorter --data-dir", e);
        }
    }

    private static void print(PrintWriter out, Line line) {
        out.printf(
                Locale.ROOT,
                "%-7s %-28s %6.1f s  %s%n",
                line.state().name().toLowerCase(Locale.ROOT),
                line.name(),
                line.ms() / 1000.0,
                line.detail());
        out.flush();
    }

    private static boolean passed(List<Line> lines) {
        return lines.stream().noneMatch(line -> line.state() == AgentCheck.State.FAILED);
    }

    private static String summary(List<Line> lines) {
        long failed = lines.stream()
                .filter(line -> line.state() == AgentCheck.State.FAILED)
                .count();
        long skipped = lines.stream()
                .filter(line -> line.state() == AgentCheck.State.SKIPPED)
                .count();
        return "%d checks: %d ok, %d failed, %d skipped"
                .formatted(lines.size(), lines.size() - failed - skipped, failed, skipped);
    }

    private String report(List<Line> lines) {
        JsonMapper mapper =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        ObjectNode root = mapper.createObjectNode();
        root.put("agent", file == null ? null : file.toString());
        root.put("passed", passed(lines));
        ArrayNode checks = root.putArray("checks");
        for (Line line : lines) {
            checks.addObject()
                    .put("name", line.name())
                    .put("state", line.state().name().toLowerCase(Locale.ROOT))
                    .put("ms", line.ms())
                    .put("detail", line.detail());
        }
        return mapper.writeValueAsString(root);
    }
}
