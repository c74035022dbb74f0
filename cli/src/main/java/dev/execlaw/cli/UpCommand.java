package dev.execlaw.cli;

import dev.execlaw.cli.DaemonStarter.RunningDaemon;
import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.config.NetworkConfig;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.tool.Tool;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code execlaw up}: from nothing to a printed URL, then the daemon in the foreground. */
@Command(
        name = "up",
        description = "Install what is missing, build the image if there is none, run the server and print its URL.")
final class UpCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Option(names = "--listen", paramLabel = "HOST:PORT", description = "Where to listen (default 127.0.0.1:8000).")
    private @Nullable String listen;

    @Option(names = "--log-json", description = "Log JSON lines.")
    private boolean logJson;

    @Option(
            names = "--agent-binary",
            paramLabel = "FILE",
            description = "nullclaw binary to build into the image (default: the reference agent).")
    private @Nullable Path agentBinary;

    private final DaemonStarter starter;
    private final ImageSource images;

    UpCommand() {
        this(new ServerStarter(), Images::ensure);
    }

    UpCommand(DaemonStarter starter, ImageSource images) {
        this.starter = starter;
        this.images = images;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        BuildId build = BuildId.current();
        Config config = options.loader()
                .override("server.listen", listen)
                .override("log.json", logJson ? "true" : null)
                .override("image.agent_binary", agentBinary == null ? null : absolute(agentBinary))
                .load();
        DataDirectory data = ConfigOptions.dataDirectory(config);
        LogSetup.apply(config.log());
        checkBeforeAnythingIsMade(config, data);
        data.create();
        try (DataLock _ = DataLock.take(data)) {
            Image image = images.ensure(config, data);
            run(build, config, data, image);
        }
        return 0;
    }

    private static void checkBeforeAnythingIsMade(Config config, DataDirectory data)
            throws IOException, InterruptedException {
        DataLock.refuseIfHeld(data);
        Preflight.canListen(config.server().listen());
        Preflight.canKeep(data);
        Preflight.hasSpace(data, config.limits().diskFloorMib(), "a start");
        try (ProgressDisplay progress = ProgressDisplay.onStandardError()) {
            Packages.need(Tool.FOR_MACHINES, progress);
            boolean networks = config.network().mode() != NetworkConfig.Mode.USER;
            if (networks && System.getProperty("user.name").equals("root")) {
                Packages.need(Tool.FOR_NETWORKS, progress);
            }
        }
    }

    private void run(BuildId build, Config config, DataDirectory data, Image image)
            throws IOException, InterruptedException {
        Logger log = LoggerFactory.getLogger(UpCommand.class);
        log.info("ExeClaw {} starts on {} with image {}", build, data.root(), image.id());
        Signals signals = Signals.watch();
        RunningDaemon daemon = starter.start(config, data, build, Optional.ofNullable(System.getenv("EXECLAW_TOKEN")));
        log.info(
                "listening {} ms after the start of Java",
                System.currentTimeMillis()
                        - ManagementFactory.getRuntimeMXBean().getStartTime());
        PrintWriter out = spec.commandLine().getOut();
        out.println("ExeClaw is up: " + Urls.login(daemon.address(), daemon.token()));
        out.println("Ctrl-C stops it.");
        out.flush();
        String signal = signals.await();
        out.println(signal + ": stopping");
        out.flush();
        daemon.stop().forEach(done -> out.println("  " + done));
        out.println("ExeClaw has stopped.");
        out.flush();
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }

    /** Gives the image that new sessions boot from, making it where it is missing. */
    interface ImageSource {
        Image ensure(Config config, DataDirectory data) throws IOException, InterruptedException;
    }
}
