package dev.execlaw.session;

import dev.execlaw.host.HostProcesses;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A double of the host's processes: those that scripted machines claim to be. */
final class ScriptedProcesses implements HostProcesses {

    private final Map<ProcessIdentity, Path> living = new ConcurrentHashMap<>();

    void add(ProcessIdentity process, Path directory) {
        living.put(process, directory);
    }

    void remove(ProcessIdentity process) {
        living.remove(process);
    }

    /** All of them end without a word. */
    void clear() {
        living.clear();
    }

    List<Path> directories() {
        return List.copyOf(living.values());
    }

    @Override
    public List<ProcessIdentity> mentioning(Path path) {
        return living.entrySet().stream()
                .filter(entry -> entry.getValue().startsWith(path))
                .map(Map.Entry::getKey)
                .toList();
    }

    @Override
    public boolean alive(ProcessIdentity process) {
        return living.containsKey(process);
    }

    @Override
    public void kill(ProcessIdentity process, Duration deadline) {
        living.remove(process);
    }
}
