package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.ListenAddress;
import dev.execlaw.doctor.Diagnosis;
import dev.execlaw.doctor.Doctor;
import dev.execlaw.doctor.HostNetwork;
import dev.execlaw.doctor.HostPrograms;
import dev.execlaw.doctor.LocalInstallation;
import dev.execlaw.doctor.check.Check;
import dev.execlaw.doctor.check.Checks;
import dev.execlaw.doctor.check.HostFacts;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code execlaw doctor}. */
@Command(
        name = "doctor",
        description = {
            "Look at this host, or into a running session's machine: what is well, what is not, what to do.",
            "A session's agent must be idle; it is suspended meanwhile and goes on with its conversation.",
            "Status 0: all is well, 1: warnings, 2: something does not work."
        })
final class DoctorCommand implements Callable<Integer> {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "SESSION",
            description = "A session's id. Without it this host is looked at.")
    private @Nullable String session;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--no-probe", description = "Boot no probe guest to try KVM with.")
    private boolean noProbe;

    @Option(names = "--online", description = "Also try the model providers' addresses.")
    private boolean online;

    @Override
    public Integer call() throws InterruptedException {
        Config config = options.loader().load();
        Diagnosis diagnosis = session == null ? ofHost(config) : ofSession(config, session);
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? diagnosis.json() : diagnosis.text().stripTrailing());
        out.flush();
        return diagnosis.exitCode();
    }

    private Diagnosis ofSession(Config config, String id) throws InterruptedException {
        if (noProbe || online) {
            throw new CliException(
                    (noProbe ? "--no-probe" : "--online") + " is about the host and a session is named",
                    "leave one out");
        }
        String path = SessionCommand.path(id) + "/doctor";
        try (ApiClient api = ApiClient.of(config)) {
            return InsideSession.diagnosis(api.call("POST", path, Map.of()));
        } catch (CliException e) {
            // Status 1 would say that there are warnings: not to be able to look is a failure.
            return InsideSession.unseen(e);
        }
    }

    private Diagnosis ofHost(Config config) throws InterruptedException {
        List<Check> checks = new ArrayList<>(Checks.quick());
        if (!noProbe) {
            checks.add(Checks.probe());
        }
        return new Doctor(checks, DEADLINE.plusSeconds(config.vm().probeTimeoutS()))
                .examine(host(config, System.getenv()));
    }

    private HostFacts host(Config config, Map<String, String> environment) {
        Path data = ConfigOptions.dataDirectory(config).root();
        ListenAddress listen = config.server().listen();
        List<URI> providers = config.provider().values().stream()
                .map(provider -> provider.baseUrl())
                .filter(url -> online && !url.isEmpty())
                .map(URI::create)
                .toList();
        Map<String, String> properties = System.getProperties().stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, System::getProperty));
        return new HostFacts(
                config,
                Path.of("/"),
                data,
                new InetSocketAddress(listen.host(), listen.port()),
                providers,
                properties,
                Clock.systemUTC(),
                new HostPrograms(environment.getOrDefault("PATH", "")),
                new HostNetwork(environment),
                new LocalInstallation(data, Duration.ofSeconds(config.vm().probeTimeoutS())));
    }
}
