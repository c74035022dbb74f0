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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code execlaw doctor}. */
@Command(
        name = "doctor",
        description = {
            "Look at this host: what is well, what is not, what to do.",
            "Status 0: all is well, 1: warnings, 2: something does not work."
        })
final class DoctorCommand implements Callable<Integer> {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

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
        List<Check> checks = new ArrayList<>(Checks.quick());
        if (!noProbe) {
            checks.add(Checks.probe());
        }
        Diagnosis diagnosis = new Doctor(checks, DEADLINE).examine(host(config, System.getenv()));
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? diagnosis.json() : diagnosis.text().stripTrailing());
        out.flush();
        return diagnosis.exitCode();
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
                Path.of("/"),
                data,
                new InetSocketAddress(listen.host(), listen.port()),
                providers,
                properties,
                Clock.systemUTC(),
                new HostPrograms(environment.getOrDefault("PATH", "")),
                new HostNetwork(environment),
                new LocalInstallation(data));
    }
}
