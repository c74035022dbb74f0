package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A double of a driver: machines without a VMM, whose guests are scripts. Faults can be asked for by step. */
final class ScriptedDriver implements Driver {

    final ScriptedProcesses processes = new ScriptedProcesses();
    final Set<String> faults = ConcurrentHashMap.newKeySet();
    final RecordingGateway gateway;
    /** Where guests are reached for commands; null where they are not. */
    volatile @Nullable InetSocketAddress sshd;

    /** The line in which guests tell their host key; null where they have no program for that. */
    volatile @Nullable String hostKey;

    volatile ScriptedGuest.Script script = new ScriptedGuest.Script();
    final Map<String, ScriptedMachine> machines = new ConcurrentHashMap<>();
    private final AtomicLong pids = new AtomicLong(1_000_000);

    ScriptedDriver(RecordingGateway gateway) {
        this.gateway = gateway;
    }

    /** The newest machine of a session. */
    ScriptedMachine machine(String session) {
        return machines.get(session);
    }

    void fault(String step) throws MachineException {
        if (faults.contains(step)) {
            throw new MachineException("scripted fault of " + step);
        }
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public Accelerator accelerator() {
        return new Accelerator("none", "no guest runs at all");
    }

    @Override
    public String kernelArguments() {
        return "";
    }

    @Override
    public List<String> gaps() {
        return List.of();
    }

    @Override
    public void clear(String machine) {
        assertThat(processes.directories()).noneMatch(directory -> directory.endsWith(machine));
    }

    @Override
    public DiskClone cloneDisk(Path base, Path directory) throws MachineException {
        fault("clone");
        Path disk = directory.resolve("disk.raw");
        try {
            Files.copy(base, disk);
        } catch (IOException e) {
            throw new MachineException("cannot clone: " + e, e);
        }
        return new DiskClone(new MachineSpec.Disk(disk, MachineSpec.Disk.Format.RAW), "copy");
    }

    @Override
    public MachineSpec.Disk layer(MachineSpec.Disk base, Path file) throws MachineException {
        fault("layer");
        try {
            Files.writeString(file, nameFrom(base.path(), file));
        } catch (IOException e) {
            throw new MachineException("cannot layer: " + e, e);
        }
        return new MachineSpec.Disk(file, MachineSpec.Disk.Format.QCOW2);
    }

    /** As real layers have it: relative within a directory, so that links elsewhere are the same disk. */
    static String nameFrom(Path under, Path layer) {
        return under.getParent().equals(layer.getParent()) ? under.getFileName().toString() : under.toString();
    }

    @Override
    public List<Path> under(MachineSpec.Disk disk) throws MachineException {
        List<Path> chain = new ArrayList<>();
        Path file = disk.path();
        while (file.getFileName().toString().startsWith("layer-")) {
            try {
                file = file.resolveSibling(Files.readString(file));
            } catch (IOException e) {
                throw new MachineException("cannot read layer: " + e, e);
            }
            chain.add(file);
        }
        return chain;
    }

    @Override
    public String signature() {
        return name();
    }

    @Override
    public Machine create(MachineSpec spec) {
        try {
            ScriptedConsole console = new ScriptedConsole(spec.directory().resolve("console.log"));
            ScriptedGuest guest = new ScriptedGuest(spec.name(), console, gateway, script, hostKey);
            ScriptedMachine machine =
                    new ScriptedMachine(this, spec, console, guest, new ProcessIdentity(pids.incrementAndGet(), 1));
            machines.put(spec.name(), machine);
            return machine;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Machine adopt(MachineSpec spec, ProcessIdentity vmm) throws MachineException {
        fault("adopt");
        ScriptedMachine machine = machines.get(spec.name());
        if (machine == null || !machine.vmm().equals(vmm) || !processes.alive(vmm)) {
            throw new MachineException("no such machine");
        }
        // The machine itself knows its layer: a save may have given it another one just before the server ended.
        if (!machine.spec.on(spec.disk()).equals(spec)) {
            throw new MachineException("another spec: " + spec + " instead of " + machine.spec);
        }
        return machine.adopted();
    }
}
