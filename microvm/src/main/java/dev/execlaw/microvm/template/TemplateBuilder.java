package dev.execlaw.microvm.template;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.image.BuildLock;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.process.Processes;
import dev.execlaw.microvm.wake.WakeException;
import dev.execlaw.microvm.wake.WakePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Builds templates into a store, one at a time over all processes: boots the image, starts the agent, has the guest
 * settle, saves it. A build works in a private directory; what a killed one left, its VMM too, is swept by the next.
 */
public final class TemplateBuilder {

    private static final Duration LOCK_WAIT = Duration.ofMinutes(30);
    private static final Duration KILL = Duration.ofSeconds(10);
    private static final long ROOM_BESIDE = 512L << 20;
    private static final int ROOT = 0;

    private final TemplateStore store;
    private final Driver driver;
    private final Progress progress;
    private final TemplateTimings timings;
    private final Settling settling;
    private final Background background;
    private final InstantSource clock;

    /** A builder whose machines have the host's time when nobody else wants it. */
    public TemplateBuilder(TemplateStore store, Driver driver, Progress progress, TemplateTimings timings) {
        this(
                store,
                driver,
                progress,
                timings,
                (machine, deadline) -> new WakePort(machine).settle(deadline),
                Background::renice,
                InstantSource.system());
    }

    TemplateBuilder(
            TemplateStore store,
            Driver driver,
            Progress progress,
            TemplateTimings timings,
            Settling settling,
            Background background,
            InstantSource clock) {
        this.store = store;
        this.driver = driver;
        this.progress = progress;
        this.timings = timings;
        this.settling = settling;
        this.background = background;
        this.clock = clock;
    }

    /** Has a guest make itself ready to be saved. */
    @FunctionalInterface
    interface Settling {
        void settle(Machine machine, Duration deadline) throws WakeException;
    }

    /**
     * The template of this order: one that is there already, or a new one.
     *
     * @param fresh build even if one is there; that one stays until {@link TemplateStore#collect}
     * @throws TemplateException when it cannot be built; nothing is left of it
     */
    public Template build(TemplateOrder order, boolean fresh) throws IOException, InterruptedException {
        TemplateKey key = order.key(driver.signature());
        store.makeDirectory();
        Optional<Template> there = fresh ? Optional.empty() : sound(key);
        if (there.isPresent()) {
            return there.get();
        }
        try (BuildLock _ = BuildLock.take(store.directory(), LOCK_WAIT, progress)) {
            sweep();
            Optional<Template> meanwhile = fresh ? Optional.empty() : sound(key);
            if (meanwhile.isPresent()) {
                return meanwhile.get();
            }
            requireRoom(order);
            Path work = store.workDirectory();
            try {
                return build(order, key, work);
            } catch (MachineException e) {
                throw new TemplateException(
                        "no template of image " + order.image().id() + ": " + e.getMessage(), e);
            } finally {
                DirectoryTree.delete(work);
            }
        }
    }

    /** One that is there and passes its checks now. */
    private Optional<Template> sound(TemplateKey key) throws IOException, InterruptedException {
        Optional<Template> found = store.find(key);
        if (found.isEmpty()) {
            return found;
        }
        Optional<String> damage = store.verify(found.get());
        damage.ifPresent(reason -> progress.note(found.get().name() + " is damaged: " + reason));
        return damage.isPresent() ? Optional.empty() : found;
    }

    private Template build(TemplateOrder order, TemplateKey key, Path work)
            throws IOException, InterruptedException, MachineException {
        Path made = Files.createDirectory(
                work.resolve("made"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
        Disk disk = timed("disk", () -> driver.cloneDisk(order.image().rootfs(), made))
                .disk();
        MachineSpec spec = new MachineSpec(
                machineName(work),
                work,
                order.boot(),
                disk,
                order.vcpus(),
                order.memoryMiB(),
                order.nic(work),
                order.limits(),
                order.account(),
                new Memory.Recorded(made.resolve(SavedState.MEMORY)));
        try (Machine machine = driver.create(spec)) {
            record(order, machine, made, work);
        } finally {
            driver.clear(spec.name());
        }
        return timed("checks", () -> {
            own(made.resolve(SavedState.MEMORY), disk.path(), order);
            return store.publish(
                    made,
                    TemplateManifest.of(
                            made, key, disk, clock.instant(), !order.agent().isEmpty()));
        });
    }

    private void record(TemplateOrder order, Machine machine, Path made, Path work)
            throws IOException, InterruptedException, MachineException {
        long began = begin("boot");
        machine.start(timings.vmm());
        background.lower(machine.vmm());
        try (GuestConsole console = new GuestConsole(machine.console(), 0)) {
            console.awaitPrompt(timings.boot());
            end("boot", began);
            if (!order.agent().isEmpty()) {
                began = begin("agent");
                console.start(order.agent(), timings.agent());
                end("agent", began);
            }
            began = begin("settle");
            settling.settle(machine, timings.settle());
            if (!order.agent().isEmpty()) {
                console.requireWaiting();
            }
            end("settle", began);
        }
        began = begin("save");
        machine.pause();
        machine.save(made, driver.layer(machine.disk(), work.resolve("next.qcow2")));
        end("save", began);
    }

    /** From the template's account, which other VMMs may come to run as, to ours. */
    private static void own(Path memory, Path disk, TemplateOrder order) throws IOException {
        if (order.account() != null) {
            for (Path file : new Path[] {memory, disk}) {
                Files.setAttribute(file, "unix:uid", ROOT, LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(file, "unix:gid", ROOT, LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    private void requireRoom(TemplateOrder order) throws IOException {
        long need = ((long) order.memoryMiB() << 20) + ROOM_BESIDE;
        long free = Files.getFileStore(store.directory()).getUsableSpace();
        if (free < need) {
            throw new TemplateException(
                    "%s has %d MiB free, a template of %d MiB memory may need %d MiB; make room or choose another --data-dir"
                            .formatted(store.directory(), free >> 20, order.memoryMiB(), need >> 20));
        }
    }

    /** Removes what dead builds have left. The lock is held: no living build works there. */
    private void sweep() throws IOException {
        for (Path leftover : store.leftovers()) {
            progress.note("removing what was left behind in " + leftover);
            for (ProcessIdentity process : Processes.find(leftover)) {
                Optional<HostProcess> living = HostProcess.adopt(process);
                if (living.isPresent()) {
                    try (HostProcess vmm = living.get()) {
                        vmm.kill(KILL);
                    }
                }
            }
            driver.clear(machineName(leftover));
            DirectoryTree.delete(leftover);
        }
    }

    private static String machineName(Path work) {
        String name = work.getFileName().toString();
        return "template-" + name.substring(name.indexOf('-') + 1);
    }

    private <T> T timed(String step, Making<T> making) throws IOException, InterruptedException, MachineException {
        long began = begin(step);
        T made = making.make();
        end(step, began);
        return made;
    }

    private long begin(String step) {
        progress.begin(step);
        return System.nanoTime();
    }

    private void end(String step, long began) {
        progress.end(step, Duration.ofNanos(System.nanoTime() - began));
    }

    @FunctionalInterface
    private interface Making<T> {
        T make() throws IOException, InterruptedException, MachineException;
    }
}
