package dev.execlaw.doctor;

import dev.execlaw.doctor.check.Programs;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandResult;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The programs of this host, in PATH and where an administrator's lie. */
public final class HostPrograms implements Programs {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int MOST_OUTPUT = 16 << 20;
    private static final List<String> ALSO = List.of("/usr/local/sbin", "/usr/sbin", "/sbin");

    private final List<String> directories;

    /** The programs of a PATH. */
    public HostPrograms(String path) {
        List<String> all = new ArrayList<>(Arrays.asList(path.split(File.pathSeparator, -1)));
        all.addAll(ALSO);
        directories = all.stream().filter(name -> !name.isEmpty()).toList();
    }

    @Override
    public boolean present(String name) {
        return find(name).isPresent();
    }

    @Override
    public Optional<CommandResult> run(List<String> argv) throws IOException, InterruptedException {
        Optional<Path> program = find(argv.getFirst());
        if (program.isEmpty()) {
            return Optional.empty();
        }
        List<String> found = new ArrayList<>(argv);
        found.set(0, program.get().toString());
        return Optional.of(
                Command.of(found).timeout(TIMEOUT).outputLimit(MOST_OUTPUT).run());
    }

    private Optional<Path> find(String name) {
        if (name.contains("/")) {
            return Optional.of(Path.of(name)).filter(Files::isExecutable);
        }
        return directories.stream()
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
