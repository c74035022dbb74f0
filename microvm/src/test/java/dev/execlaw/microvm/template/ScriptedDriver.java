package dev.execlaw.microvm.template;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.console.SerialConsole;
import dev.execlaw.microvm.machine.ConsoleFiles;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A double of a driver: its guests are scripts that write to real console files what a guest would, when it boots and
 * for each line that is typed. It notes what was asked of it, in order.
 */
final class ScriptedDriver implements Driver {

    final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    String boot = "Linux\n\u001b]133;A\u0007root# \u001b]133;B\u0007";
    String answer = "\u001b]133;C\u0007";
    String broken = "";
    boolean ends;

    private void ask(String what) throws MachineException {
        asked.add(what);
        if (what.equals(broken)) {
            throw new MachineException("the script breaks at " + what);
        }
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public Accelerator accelerator() {
        return new Accelerator("tcg", "a script");
    }

    @Override
    public String kernelArguments() {
        return "";
    }

    @Override
    public DiskClone cloneDisk(Path base, Path directory) throws MachineException {
        ask("cloneDisk");
        Path file = directory.resolve("disk.raw");
        write(file, "a disk");
        return new DiskClone(new Disk(file, Disk.Format.RAW), "copy");
    }

    @Override
    public Disk layer(Disk base, Path file) throws MachineException {
        ask("layer");
        write(file, "a layer");
        return new Disk(file, Disk.Format.RAW);
    }

    @Override
    public List<Path> under(Disk disk) {
        return List.of();
    }

    @Override
    public String signature() {
        return "scripted 1";
    }

    @Override
    public Machine create(MachineSpec spec) {
        return new Scripted(spec);
    }

    @Override
    public Machine adopt(MachineSpec spec, ProcessIdentity vmm) throws MachineException {
        throw new MachineException("not in this script");
    }

    @Override
    public List<String> gaps() {
        return List.of();
    }

    @Override
    public void clear(String machine) {
        asked.add("clear");
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Scripted implements Machine {

        private final MachineSpec spec;
        private final ConsoleFiles files;
        private final CompletableFuture<MachineExit> exit = new CompletableFuture<>();
        private Disk disk;
        private @Nullable SerialConsole console;

        Scripted(MachineSpec spec) {
            this.spec = spec;
            this.files = new ConsoleFiles(spec.directory());
            this.disk = spec.disk();
        }

        @Override
        public MachineSpec spec() {
            return spec;
        }

        @Override
        public void start(Duration deadline) throws MachineException {
            ask("start");
            try {
                files.prepare();
                SerialConsole opened = SerialConsole.open(files.log(), files.input(), 1 << 20);
                console = opened;
                if (!(spec.memory() instanceof Memory.Recorded(Path memory))) {
                    throw new MachineException("a template's memory must be recorded, not " + spec.memory());
                }
                Files.write(memory, new byte[spec.memoryMiB()]);
                show(boot);
                if (ends) {
                    opened.finish();
                }
                // The console holds the FIFO open: this does not block, and ends when the console is closed.
                InputStream typed = Files.newInputStream(files.input());
                Thread.ofPlatform().daemon(true).start(() -> answerLines(typed));
            } catch (IOException e) {
                throw new MachineException("the script cannot start: " + e.getMessage(), e);
            }
        }

        private void answerLines(InputStream typed) {
            try (InputStream in = typed) {
                for (int b = in.read(); b >= 0; b = in.read()) {
                    if (b == '\n') {
                        show(answer);
                    }
                }
            } catch (IOException e) {
                asked.add("guest failed: " + e);
            }
        }

        private void show(String text) throws IOException {
            Files.write(files.log(), text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
        }

        @Override
        public void startPaused(Duration deadline) throws MachineException {
            throw new MachineException("not in this script");
        }

        @Override
        public ProcessIdentity vmm() {
            return new ProcessIdentity(ProcessHandle.current().pid(), 0);
        }

        @Override
        public Console console() {
            if (console == null) {
                throw new IllegalStateException("not started");
            }
            return console;
        }

        @Override
        public Optional<InetSocketAddress> reach(int port) {
            return Optional.empty();
        }

        @Override
        public void pause() throws MachineException {
            ask("pause");
        }

        @Override
        public void resume() throws MachineException {
            ask("resume");
        }

        @Override
        public SavedState save(Path directory, Disk next) throws MachineException {
            ask("save");
            write(directory.resolve(SavedState.DEVICES), "devices");
            disk = next;
            return new SavedState(directory, null);
        }

        @Override
        public Disk disk() {
            return disk;
        }

        @Override
        public ByteChannel wakePort(Duration deadline) throws MachineException {
            throw new MachineException("not in this script");
        }

        @Override
        public CompletionStage<MachineExit> exited() {
            return exit;
        }

        @Override
        public MachineExit shutdown(Duration grace) {
            throw new IllegalStateException("not in this script");
        }

        @Override
        public void close() {
            asked.add("close");
            if (console != null) {
                console.close();
            }
        }

        @Override
        public void detach() {
            throw new IllegalStateException("not in this script");
        }
    }
}
