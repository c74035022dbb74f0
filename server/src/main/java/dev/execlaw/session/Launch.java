package dev.execlaw.session;

import dev.execlaw.gateway.Gateway;
import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.Resource;
import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.network.NetworkException;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.wake.Identity;
import dev.execlaw.microvm.wake.Wake;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The slow half of a start, on a thread of its own: admission, disk, network, VMM, and for a machine that does not boot
 * the wake-up. Everything is in the ledger before it is made; a launch that fails or is called off leaves the clearing
 * away to its supervisor's {@link Ending}.
 */
final class Launch implements Work.Job {

    private final SessionParts parts;
    private final Plan plan;
    private final int run;
    private final Consumer<Mail> mail;
    private long stepBegan = System.nanoTime();

    // Set before the VMM is started, so that an ending that overtakes this launch finds it.
    private volatile @Nullable Machine machine;

    Launch(SessionParts parts, Plan plan, int run, Consumer<Mail> mail) {
        this.parts = parts;
        this.plan = plan;
        this.run = run;
        this.mail = mail;
    }

    /**
     * What is to be started.
     *
     * @param origin what it starts from
     * @param token the guest's bearer token for the gateway
     * @param gateway what that opens to it; empty where it must wait for that
     * @param last the place of the last run, if there was one
     */
    record Plan(
            String session,
            SessionSettings settings,
            Origin.Own origin,
            String token,
            Optional<GatewaySession> gateway,
            Belongings belongings,
            Optional<Place> last) {}

    @Override
    public Optional<Machine> machine() {
        return Optional.ofNullable(machine);
    }

    @Override
    public void run() throws Exception {
        Slot slot = admit();
        Image image = parts.images()
                .byId(plan.settings().image())
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.IMAGE_MISSING,
                        "the image " + plan.settings().image() + " of this session is gone",
                        "build it again, or delete the session"));
        Place place = disk(slot, image);
        network(place);
        Path console = parts.consoleLog(plan.session());
        long consoleFrom = Files.exists(console) ? Files.size(console) : 0;
        Machine started = vmm(place, image);
        Mail.Standing standing = switch (plan.origin()) {
            case Origin.Boot _ -> Mail.Standing.BOOTS;
            case Origin.Clone _ -> {
                wake(started, new Wake(identity(slot), plan.belongings().all(place, image), true));
                yield Mail.Standing.AGENT_COMES;
            }
            case Origin.Return(var _, boolean other) -> {
                wake(started, other ? new Wake(identity(slot), plan.belongings().all(place, image), false) : Wake.UP);
                yield Mail.Standing.AGENT_WAITS;
            }
        };
        mail.accept(new Mail.Launched(run, started, place, plan.settings().network(), consoleFrom, standing));
    }

    private Identity identity(Slot slot) {
        return new Identity(slot, "nullclaw-" + plan.session(), Credentials.newMachineId());
    }

    private void wake(Machine started, Wake wake) throws IOException {
        parts.waker().wake(started, wake, parts.timings().wake());
        done("wake", wake.identity() == null ? "" : "address, name, clock, randomness and keys of its own");
    }

    @Override
    public Mail failed(Exception failure) {
        return new Mail.LaunchFailed(run, Problems.ofLaunch(failure));
    }

    private Slot admit() throws NetworkException {
        String id = plan.session();
        int memory = plan.settings().memoryMiB();
        parts.host().capacity().reserve(id, plan.origin().demand(memory));
        parts.host().ledger().enter(new Resource.NetworkSlot(id));
        Slot slot = parts.host().slots().take(id);
        done("admit", "a guest of " + memory + " MiB, slot " + slot.index());
        return slot;
    }

    private Place disk(Slot slot, Image image) throws IOException, InterruptedException, MachineException {
        Path directory = parts.directory(plan.session());
        parts.host().ledger().enter(new Resource.Directory(plan.session(), directory));
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        String token = plan.token();
        return switch (plan.origin()) {
            case Origin.Boot(String why) -> booted(slot, image, directory, token, why);
            case Origin.Clone(var template) -> {
                Disk layer = parts.driver().layer(template.disk(), new Layers(directory).next());
                done("disk", "layer over the template " + template.key().id());
                yield new Place(slot, mode(), token, layer, Place.CLONED, template.state());
            }
            case Origin.Return(var checkpoint, boolean _) -> {
                Disk layer = parts.driver().layer(Checkpoints.disk(checkpoint), new Layers(directory).next());
                done("disk", "layer over the checkpoint at " + checkpoint.seq());
                yield new Place(slot, mode(), token, layer, Place.RETURNED, Checkpoints.state(checkpoint));
            }
        };
    }

    private Place booted(Slot slot, Image image, Path directory, String token, String why)
            throws IOException, InterruptedException, MachineException {
        Optional<Place> last = plan.last();
        if (last.isPresent() && last.get().token().equals(token)) {
            // Slot and token are the same for the session's whole life, so there is nothing to write; and a file system
            // that was not unmounted must not be written to before its journal has run.
            Place kept = last.get();
            Disk disk = new Layers(directory).writable(kept.disk(), parts.driver()::layer);
            String how = disk.equals(kept.disk()) ? "kept" : "layer over what a checkpoint has";
            done("disk", how + " (" + kept.cloneMethod() + ")");
            return new Place(kept.slot(), mode(), kept.token(), disk, kept.cloneMethod(), null);
        }
        Driver.DiskClone clone = last.isPresent()
                ? new Driver.DiskClone(last.get().disk(), last.get().cloneMethod())
                : parts.driver().cloneDisk(image.rootfs(), directory);
        Place place = new Place(slot, mode(), token, clone.disk(), clone.method(), null);
        List<GuestFile> files = new ArrayList<>(plan.belongings().guestFiles());
        if (plan.belongings()
                .direct()
                .isEmpty()) { // a provider's key goes into memory alone, once the guest has booted
            files.addAll(plan.belongings().ofAgent(place, image));
        }
        files.add(place.hosts(image));
        parts.disks().write(place.disk(), directory, files);
        done("disk", clone.method() + ", configuration written and read back" + (why.isEmpty() ? "" : "; " + why));
        return place;
    }

    private HostNetwork.Mode mode() {
        return parts.host().network().mode();
    }

    private void network(Place place) throws IOException {
        Connection.make(parts, plan.session(), place, plan.settings().network());
        plan.gateway().ifPresent(session -> Connection.open(parts, place, session));
        Slot slot = place.slot();
        done(
                "network",
                place.mode().json() + ", " + slot.guest() + ", gateway " + slot.gateway() + ":" + Gateway.GUEST_PORT);
    }

    private Machine vmm(Place place, Image image) throws MachineException {
        String id = plan.session();
        Path directory = parts.directory(id);
        parts.host().ledger().enter(new Resource.Vmm(id, directory, Optional.empty()));
        Machine made = parts.driver().create(place.spec(parts, id, plan.settings(), image));
        machine = made;
        made.start(parts.timings().vmm());
        parts.host().ledger().enter(new Resource.Vmm(id, directory, Optional.of(made.vmm())));
        parts.host().capacity().started(id, made.vmm());
        String how = parts.driver().name() + ", " + parts.driver().accelerator().kind();
        done(place.memory() == null ? "vmm" : "clone", how);
        return made;
    }

    private void done(String step, String detail) {
        long now = System.nanoTime();
        mail.accept(new Mail.Step(run, step, Duration.ofNanos(now - stepBegan).toMillis(), detail));
        stepBegan = now;
    }
}
