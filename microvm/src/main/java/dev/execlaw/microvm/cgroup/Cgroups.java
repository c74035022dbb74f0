package dev.execlaw.microvm.cgroup;

import dev.execlaw.microvm.cgroup.CgroupLimits.Setting;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cgroup under which each machine has one of its own, by its name. A cgroup outlives the process that made it; the
 * next finds it here. What the host does not offer is not applied, and told. Any thread may use it.
 */
public final class Cgroups {

    private static final Logger LOG = LoggerFactory.getLogger(Cgroups.class);
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final String OFFERED = "cgroup.controllers";
    private static final String PASSED_ON = "cgroup.subtree_control";

    /** What is wanted of each controller, in the words of {@link #missing}. */
    private static final Map<String, String> WANTED = wanted();

    private final Path parent;
    private final Set<String> enabled;
    private final List<String> missing;

    private Cgroups(Path parent, Set<String> enabled, List<String> missing) {
        this.parent = parent;
        this.enabled = enabled;
        this.missing = missing;
    }

    private static Map<String, String> wanted() {
        Map<String, String> wanted = new LinkedHashMap<>();
        wanted.put("memory", "memory of a VMM");
        wanted.put("cpu", "processor time of a VMM");
        wanted.put("pids", "number of processes and threads of a VMM");
        wanted.put("io", "disk traffic of a VMM, beyond what the VMM itself limits,");
        return wanted;
    }

    /** Where this host has its cgroup2 file system; empty where it has none. */
    public static Optional<Path> mount() throws IOException {
        return mount(Files.readAllLines(Path.of("/proc/self/mountinfo")));
    }

    /** Where the cgroup2 file system is in this text of {@code /proc/PID/mountinfo}; empty where it is not. */
    public static Optional<Path> mount(List<String> mountinfo) {
        for (String line : mountinfo) {
            // proc(5): the type follows a lone dash, since the optional fields before it are of any number.
            int dash = line.indexOf(" - ");
            if (dash > 0 && line.startsWith("cgroup2 ", dash + 3)) {
                return Optional.of(Path.of(line.split(" ", 6)[4]));
            }
        }
        return Optional.empty();
    }

    /**
     * Makes the parent and has its controllers passed on to it, as far as this host lets us.
     *
     * @param parent directory below a cgroup2 file system
     * @throws IOException when it is not below one, or cannot be made
     */
    public static Cgroups open(Path parent) throws IOException {
        Path above = parent.getParent();
        if (above == null || !Files.exists(top(above).resolve(OFFERED))) {
            throw new IOException(parent + " is not below a cgroup2 file system");
        }
        Files.createDirectories(parent);
        Set<String> enabled = new TreeSet<>();
        List<String> missing = new ArrayList<>();
        WANTED.forEach((controller, what) -> {
            try {
                enable(controller, parent);
                enabled.add(controller);
            } catch (IOException e) {
                missing.add("the " + what + " is not limited: " + e.getMessage());
            }
        });
        return new Cgroups(parent, Set.copyOf(enabled), List.copyOf(missing));
    }

    /** The controllers that limits need and a cgroup2 file system does not offer. Looks only. */
    public static List<String> notOffered(Path mount) throws IOException {
        List<String> offered = words(mount.resolve(OFFERED));
        return WANTED.keySet().stream()
                .filter(controller -> !offered.contains(controller))
                .toList();
    }

    /** What is not limited on this host, and why, in plain words; empty where all limits hold. */
    public List<String> missing() {
        return missing;
    }

    /** What {@link #missing} says where there are no cgroups at all. */
    public static List<String> allMissing(String why) {
        return List.of("memory, processor time and processes of VMMs are not limited: " + why);
    }

    /** Controllers whose limits hold in the cgroups here. */
    public Set<String> enabled() {
        return enabled;
    }

    /** The cgroup of that name, whether it exists or not. */
    public Cgroup of(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("cgroup name \"" + name + "\" is not of the form " + NAME.pattern());
        }
        return new Cgroup(parent.resolve(name));
    }

    /**
     * Makes a cgroup with these limits, or takes over one that nobody lives in.
     *
     * @throws IOException when it cannot be made, a limit that the host offers is refused, or processes live in one of
     *     that name; nothing new is left then
     */
    public Cgroup create(String name, CgroupLimits limits) throws IOException {
        Cgroup cgroup = of(name);
        boolean made = make(cgroup);
        try {
            for (Setting setting : limits.settings()) {
                apply(cgroup, setting);
            }
            return cgroup;
        } catch (IOException e) {
            if (made) {
                Files.delete(cgroup.directory());
            }
            throw e;
        }
    }

    /** Names of all that exist here, also those that another process left. */
    public Set<String> present() throws IOException {
        Set<String> names = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, Files::isDirectory)) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        }
        return Set.copyOf(names);
    }

    /** Kills all that live in the cgroup of that name and removes it. Does nothing when it does not exist. */
    public void remove(String name, Duration time) throws IOException {
        of(name).remove(time);
    }

    private static boolean make(Cgroup cgroup) throws IOException {
        try {
            Files.createDirectory(cgroup.directory());
            return true;
        } catch (FileAlreadyExistsException e) {
            List<Long> members = cgroup.members();
            if (!members.isEmpty()) {
                throw new IOException(
                        "processes " + members + " live in cgroup " + cgroup.directory() + "; end them first", e);
            }
            return false;
        }
    }

    private void apply(Cgroup cgroup, Setting setting) throws IOException {
        // Kernels without swap have no memory.swap.max.
        if (!enabled.contains(setting.controller())
                || !Files.exists(cgroup.directory().resolve(setting.file()))) {
            return;
        }
        try {
            cgroup.write(setting.file(), setting.value());
        } catch (IOException e) {
            if (!setting.controller().equals("io")) {
                throw e;
            }
            // Not every file system lies on a disk that has this limit.
            LOG.warn("disk traffic is limited by the VMM alone: {}", e.getMessage());
        }
    }

    /** The highest of the directories up from here that belong to the same cgroup2 file system. */
    private static Path top(Path from) {
        Path top = from;
        for (Path at = from; at != null; at = at.getParent()) {
            if (Files.exists(at.resolve(OFFERED))) {
                top = at;
            }
        }
        return top;
    }

    /** Has a controller passed on at each level from the top down to the parent itself. */
    private static void enable(String controller, Path parent) throws IOException {
        Path top = top(parent);
        Path at = top;
        passOn(controller, at);
        for (Path name : top.relativize(parent)) {
            at = at.resolve(name.toString());
            passOn(controller, at);
        }
    }

    private static void passOn(String controller, Path at) throws IOException {
        if (!words(at.resolve(OFFERED)).contains(controller)) {
            throw new IOException("the cgroup2 at " + at + " does not offer the controller \"" + controller
                    + "\"; boot the host with cgroup v2 alone, or delegate it");
        }
        if (!words(at.resolve(PASSED_ON)).contains(controller)) {
            new Cgroup(at).write(PASSED_ON, "+" + controller);
        }
    }

    private static List<String> words(Path file) throws IOException {
        return List.of(Files.readString(file).strip().split("\\s+"));
    }
}
