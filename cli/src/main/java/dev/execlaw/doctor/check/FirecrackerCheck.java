package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which Firecracker and jailer there are, and whether they are of one version without a known fault. */
final class FirecrackerCheck implements Check {

    private static final Pattern VERSION = Pattern.compile("v(\\d+)\\.(\\d+)\\.(\\d+)\\S*");
    private static final String SETUP = "execlaw setup firecracker";

    @Override
    public String name() {
        return "firecracker";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        String firecracker = program(host, "firecracker");
        String jailer = program(host, "jailer");
        Optional<Matcher> version = version(host, firecracker);
        if (version.isEmpty()) {
            return host.programs().present("firecracker") || !firecracker.equals("firecracker")
                    ? Finding.fail(firecracker + " tells no version", "set it up again: " + SETUP)
                    : Finding.ok("not set up: QEMU runs the machines");
        }
        String seen = "Firecracker " + version.get().group();
        Optional<Matcher> jailers = version(host, jailer);
        if (jailers.isEmpty()) {
            return Finding.warn(seen + " without a jailer", "set both up: " + SETUP);
        }
        if (!jailers.get().group().equals(version.get().group())) {
            return Finding.warn(seen + " with jailer " + jailers.get().group(), "use both of one release: " + SETUP);
        }
        Optional<String> fault = knownFault(version.get());
        return fault.isPresent()
                ? Finding.warn(seen + ": " + fault.get(), "use a newer release where there is one: " + SETUP)
                : Finding.ok(seen + " with its jailer");
    }

    /** Faults by upstream issue number. */
    private static Optional<String> knownFault(Matcher version) {
        long number = number(version);
        if (number <= 1_016_000) {
            return Optional.of("a restored guest's vsock can stay dead for ever (#5969)");
        }
        if (number <= 1_016_001) {
            return Optional.of("pause and resume end host to guest vsock connections (#6100), a closed stdout"
                    + " blocks the API (#6086)");
        }
        return Optional.empty();
    }

    private static long number(Matcher version) {
        return Long.parseLong(version.group(1)) * 1_000_000
                + Long.parseLong(version.group(2)) * 1_000
                + Long.parseLong(version.group(3));
    }

    /** The newest that was set up, else the one in PATH. */
    private static String program(HostFacts host, String name) throws IOException {
        Path place = host.dataDirectory().resolve("firecracker");
        if (!Files.isDirectory(place)) {
            return name;
        }
        try (Stream<Path> versions = Files.list(place)) {
            return versions.filter(version -> Files.isExecutable(version.resolve(name)))
                    .max(Comparator.comparingLong(FirecrackerCheck::number))
                    .map(version -> version.resolve(name).toString())
                    .orElse(name);
        }
    }

    /** The version in a directory's name, e.g. {@code v1.16.1-x86_64}. */
    private static long number(Path directory) {
        Matcher version = VERSION.matcher(directory.toString());
        return version.find() ? number(version) : 0;
    }

    private static Optional<Matcher> version(HostFacts host, String program) throws IOException, InterruptedException {
        Optional<CommandResult> told = host.programs().run(List.of(program, "--version"));
        return told.map(result -> VERSION.matcher(result.stdout())).filter(Matcher::find);
    }
}
