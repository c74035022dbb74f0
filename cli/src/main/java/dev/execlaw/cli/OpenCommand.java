package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.microvm.process.CommandException;
import dev.execlaw.tool.Tool;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code execlaw open}. */
@Command(name = "open", description = "Print the URL of the running server, with its token, and open it in a browser.")
final class OpenCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Override
    public Integer call() throws CommandException, InterruptedException {
        Config config = options.loader().load();
        try (ApiClient api = ApiClient.of(config)) {
            var _ = api.call("GET", "/system", null);
        }
        URI login = Urls.login(config.server().listen(), ApiClient.token(ConfigOptions.dataDirectory(config)));
        spec.commandLine().getOut().println(login);
        boolean desktop = System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null;
        if (desktop
                && Tool.missingPackages(List.of(new Tool("xdg-open", "xdg-utils")))
                        .isEmpty()) {
            var _ = dev.execlaw.microvm.process.Command.of("xdg-open", login.toString())
                    .secrets(List.of(login.getQuery()))
                    .timeout(Duration.ofSeconds(20))
                    .runOrThrow();
        }
        return 0;
    }
}
