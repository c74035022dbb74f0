package dev.execlaw.doctor.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Whether TAP devices or VMMs of ours are there that the ledger does not know. */
final class LeftoversCheck implements Check {

    @Override
    public String name() {
        return "leftovers";
    }

    @Override
    public Finding run(HostFacts host) throws IOException {
        List<String> found = new ArrayList<>();
        Set<String> known = host.installation().ledger();
        for (String device : names(host.path("/sys/class/net"), "fctap\\d+")) {
            if (!known.contains(device)) {
                found.add("TAP " + device);
            }
        }
        String machines = host.dataDirectory().toAbsolutePath().resolve("machines") + "/";
        for (String pid : names(host.path("/proc"), "\\d+")) {
            String command = command(host.path("/proc/" + pid + "/cmdline"));
            if (command.matches("(\\S*/)?(qemu-system-\\S+|firecracker|jailer) .*")
                    && command.contains(machines)
                    && !known.contains(pid)) {
                found.add("process " + pid);
            }
        }
        return found.isEmpty()
                ? Finding.ok("nothing that the ledger does not know")
                : Finding.warn(
                        String.join(", ", found) + (found.size() == 1 ? " is" : " are") + " not in the ledger",
                        "start the server: it takes over or ends what it finds; else end them by hand");
    }

    private static List<String> names(Path directory, String form) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches(form))
                    .sorted()
                    .toList();
        }
    }

    /** The command line with blanks, or nothing when the process is gone meanwhile. */
    private static String command(Path file) throws IOException {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).replace('\0', ' ');
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            // Reading fails with ESRCH when the process ends in between.
            if (Files.exists(file)) {
                throw e;
            }
            return "";
        }
    }
}
