package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.console.SerialConsole;
import dev.execlaw.microvm.linux.OpenFile;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.RunningVmm;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A QEMU that runs a machine, and our three hands on it. */
record Vmm(HostProcess process, QmpClient qmp, SerialConsole console) implements RunningVmm {

    private static final Duration CALL = Duration.ofSeconds(10);
    private static final Duration LAST_EVENTS = Duration.ofSeconds(5);

    private static final Pattern ADDRESS =
            Pattern.compile("Host virtual address for 0x0 \\(" + GuestMemory.ID + "\\) is 0x([0-9a-f]{1,16})");

    /**
     * Takes hold of a QEMU that runs already.
     *
     * @throws MachineException when it is gone or is another machine's
     */
    static Vmm adopt(MachineSpec spec, ProcessIdentity identity, long consoleKept, Consumer<QmpEvent> events)
            throws MachineException {
        MachineFiles files = MachineFiles.of(spec);
        HostProcess process = null;
        SerialConsole console = null;
        QmpClient qmp = null;
        try {
            process = HostProcess.adopt(identity)
                    .orElseThrow(() -> new IOException("process " + identity.pid() + " is not alive any more"));
            console = SerialConsole.open(files.consoleLog(), files.consoleInput(), consoleKept);
            qmp = connect(files.qmp(), events, CALL);
            String name =
                    qmp.call(new QmpCommand.QueryName(), CALL).path("name").asString("");
            if (!name.equals(spec.name())) {
                throw new IOException("process " + identity.pid() + " runs machine \"" + name + "\"");
            }
            Vmm vmm = new Vmm(process, qmp, console);
            switch (vmm.status()) {
                // Whoever started it ended before it let the vCPUs run.
                case "prelaunch" -> qmp.call(new QmpCommand.Cont(), CALL);
                case "inmigrate" -> throw new IOException("what was saved was not loaded to its end");
                // A machine that was loaded and not let run is "paused", as one that was stopped: it stays so.
                default -> {}
            }
            return vmm;
        } catch (IOException e) {
            letGo(qmp, console, process);
            throw new MachineException(
                    "machine " + spec.name() + " cannot be taken over: " + e.getMessage()
                            + "; kill what is left of it and start it again",
                    e);
        }
    }

    /** Connects to QMP by a name that fits a socket address, however deep the directory is. */
    static QmpClient connect(Path socket, Consumer<QmpEvent> events, Duration deadline) throws IOException {
        Path directory = socket.toAbsolutePath().getParent();
        try (OpenFile place = OpenFile.place(directory == null ? Path.of("/") : directory)) {
            return QmpClient.connect(place.alias(socket.getFileName().toString()), events, deadline);
        }
    }

    /** Listens at a name of the same kind. */
    static void bind(ServerSocketChannel server, Path socket) throws IOException {
        Path directory = socket.toAbsolutePath().getParent();
        try (OpenFile place = OpenFile.place(directory == null ? Path.of("/") : directory)) {
            server.bind(
                    UnixDomainSocketAddress.of(place.alias(socket.getFileName().toString())));
        }
    }

    /** RunState of QEMU's run-state.json: {@code running}, {@code paused}, {@code prelaunch}, {@code postmigrate} ... */
    String status() throws QmpException {
        return qmp.call(new QmpCommand.QueryStatus(), CALL).path("status").asString("");
    }

    /** Where the guest's memory begins in the process. */
    long memoryAddress() throws QmpException {
        String answer = qmp.call(new QmpCommand.HumanMonitor("gpa2hva 0"), CALL).asString("");
        Matcher address = ADDRESS.matcher(answer);
        if (!address.find()) {
            throw new QmpException("QEMU does not tell where the guest's memory is: " + answer.strip());
        }
        return Long.parseUnsignedLong(address.group(1), 16);
    }

    /** {@inheritDoc} The last events come before QMP's end, which a broken QEMU may not bring. */
    @Override
    public CompletableFuture<Integer> end() {
        return process.exit()
                .thenCompose(status -> qmp.closed()
                        .completeOnTimeout(null, LAST_EVENTS.toMillis(), TimeUnit.MILLISECONDS)
                        .handle((closed, failure) -> status));
    }

    @Override
    public void letGo() {
        letGo(qmp, console, process);
    }

    private static void letGo(@Nullable QmpClient qmp, @Nullable SerialConsole console, @Nullable HostProcess process) {
        if (qmp != null) {
            qmp.close();
        }
        if (console != null) {
            console.close();
        }
        if (process != null) {
            process.close();
        }
    }
}
