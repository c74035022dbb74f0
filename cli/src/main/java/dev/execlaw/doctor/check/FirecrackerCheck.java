package dev.execlaw.doctor.check;

import dev.execlaw.config.FirecrackerConfig;
import dev.execlaw.microvm.firecracker.FirecrackerVersion;
import dev.execlaw.microvm.firecracker.VersionVerdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which Firecracker and jailer there are, and whether they are of one version without a known fault. */
final class FirecrackerCheck implements Check {

    private static final String SETUP = "execlaw setup firecracker";

    @Override
    public String name() {
        return "firecracker";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        FirecrackerConfig wanted = host.config().firecracker();
        String firecracker = program(host, wanted.binary(), "firecracker");
        Optional<FirecrackerVersion> version = version(host, firecracker);
        if (version.isEmpty()) {
            return host.programs().present(firecracker) || firecracker.contains("/")
                    ? Finding.fail(firecracker + " tells no version", "set it up again: " + SETUP)
                    : Finding.ok("not set up: QEMU runs the machines");
        }
        String seen = "Firecracker " + version.get();
        if (wanted.jailer().equals(FirecrackerConfig.NO_JAILER)) {
            return Finding.warn(
                    seen + ": firecracker.jailer is none", "remove that setting, or use it for development");
        }
        String jailer = program(host, wanted.jailer(), "jailer");
        Optional<FirecrackerVersion> jailers = version(host, jailer);
        if (jailers.isEmpty()) {
            return Finding.warn(seen + " without a jailer", "set both up: " + SETUP);
        }
        if (!jailers.get().equals(version.get())) {
            return Finding.warn(seen + " with jailer " + jailers.get(), "use both of one release: " + SETUP);
        }
        return switch (VersionVerdict.of(version.get())) {
            case VersionVerdict.Good _ -> Finding.ok(seen + " with its jailer");
            case VersionVerdict.Flawed(String fault) ->
                Finding.warn(seen + ": " + fault, "use a newer release where there is one: " + SETUP);
            case VersionVerdict.Refused(String reason) ->
                Finding.fail(seen + " is not used: " + reason, "set up a newer release: " + SETUP);
        };
    }

    /** A configured path as it is; a name as it was set up last, else as PATH has it. */
    private static String program(HostFacts host, String wanted, String name) throws IOException {
        if (wanted.contains("/")) {
            return wanted;
        }
        Path place = host.dataDirectory().resolve("firecracker");
        if (!Files.isDirectory(place)) {
            return wanted;
        }
        try (Stream<Path> versions = Files.list(place)) {
            return versions.filter(version -> Files.isExecutable(version.resolve(name)))
                    .max(Comparator.comparing(FirecrackerCheck::named))
                    .map(version -> version.resolve(name).toString())
                    .orElse(wanted);
        }
    }

    /** The version in a directory's name, e.g. {@code v1.16.1-x86_64}. */
    private static FirecrackerVersion named(Path directory) {
        return FirecrackerVersion.find(directory.getFileName().toString()).orElse(new FirecrackerVersion(0, 0, 0, ""));
    }

    private static Optional<FirecrackerVersion> version(HostFacts host, String program)
            throws IOException, InterruptedException {
        return host.programs()
                .run(List.of(program, "--version"))
                .flatMap(result -> FirecrackerVersion.find(result.stdout()));
    }
}
