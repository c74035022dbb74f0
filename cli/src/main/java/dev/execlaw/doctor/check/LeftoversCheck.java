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

/** Whether there are TAP devices, firewall rules, cgroups or VMMs of ours that the ledger does not know. */
final class LeftoversCheck implements Check {

    /**
     * A thing of the host.
     *
     * @param name how the ledger would know it
     * @param text what to call it
     */
    record Thing(String name, String text) {}

    @Override
    public String name() {
        return "leftovers";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        // The host is read before the ledger: what is made in between is in the ledger already when it is looked at.
        List<Thing> things = new ArrayList<>();
        for (String device : names(host.path("/sys/class/net"), "fctap\\d+")) {
            things.add(new Thing(device, "TAP " + device));
        }
        FirewallRules rules = FirewallRules.of(host);
        things.addAll(rules.ofSlots());
        things.addAll(EmptyCgroups.of(host.path("/sys/fs/cgroup")));
        things.addAll(machines(host));
        Set<String> known = host.installation().ledger();
        List<String> found = new ArrayList<>(things.stream()
                .filter(thing -> !known.contains(thing.name()))
                .map(Thing::text)
                .toList());
        if (!rules.inChainsOfOthers().isEmpty()
                && known.stream().noneMatch(name -> name.matches("fctap\\d+"))
                && !host.network().ours(host.listen())) {
            found.addAll(rules.inChainsOfOthers());
        }
        return found.isEmpty()
                ? Finding.ok("nothing that the ledger does not know")
                : Finding.warn(
                        String.join(", ", found) + (found.size() == 1 ? " is" : " are") + " not in the ledger",
                        "start the server: it takes over or ends what it finds; else end them by hand");
    }

    private static List<Thing> machines(HostFacts host) throws IOException {
        List<Thing> found = new ArrayList<>();
        String machines = host.dataDirectory().toAbsolutePath().resolve("machines") + "/";
        for (String pid : names(host.path("/proc"), "\\d+")) {
            String command = command(host.path("/proc/" + pid + "/cmdline"));
            if (command.matches("(\\S*/)?(qemu-system-\\S+|firecracker|jailer) .*") && command.contains(machines)) {
                found.add(new Thing(pid, "process " + pid));
            }
        }
        return found;
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
