package dev.execlaw.microvm.template;

import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Lets a process have the processor's time that nobody else wants. */
@FunctionalInterface
interface Background {

    /** Lowers its priority. */
    void lower(ProcessIdentity process) throws IOException, InterruptedException;

    /** By renice(1), each thread: the priority is a thread's own, later ones inherit it (setpriority(2), NOTES). */
    static void renice(ProcessIdentity process) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("renice", "-n", "10", "-p"));
        try (Stream<Path> tasks = Files.list(Path.of("/proc", String.valueOf(process.pid()), "task"))) {
            tasks.forEach(task -> command.add(task.getFileName().toString()));
        }
        // A thread that has ended meanwhile makes it fail, and is no reason to fail.
        Command.of(command).run();
    }
}
