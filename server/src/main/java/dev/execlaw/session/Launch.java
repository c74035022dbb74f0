package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.agent.AgentSettings;
import dev.execlaw.gateway.Gateway;
import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.Resource;
import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.network.NetworkException;
import dev.execlaw.microvm.network.Slot;
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
 * The slow half of a start, on a thread of its own: admission, disk, network, VMM. Everything is in the ledger before it
 * is made; a launch that fails or is called off leaves the clearing away to its supervisor's {@link Ending}.
 */
final class Launch implements Work.Job {

    private final SessionParts parts;
    private final String id;
    private final SessionSettings settings;
    private final AgentAdapter agent;
    private final GatewaySession gateway;
    private final List<GuestFile> guestFiles;
    private final Optional<Place> last;
    private final int run;
    private final Consumer<Mail> mail;
    private long stepBegan = System.nanoTime();

    // Set before the VMM is started, so that an ending that overtakes this launch finds it.
    private volatile @Nullable Machine machine;

    Launch(
            SessionParts parts,
            String id,
            SessionSettings settings,
            AgentAdapter agent,
            GatewaySession gateway,
            List<GuestFile> guestFiles,
            Optional<Place> last,
            int run,
            Consumer<Mail> mail) {
        this.parts = parts;
        this.id = id;
        this.settings = settings;
        this.agent = agent;
        this.gateway = gateway;
        this.guestFiles = guestFiles;
        this.last = last;
        this.run = run;
        this.mail = mail;
    }

    @Override
    public Optional<Machine> machine() {
        return Optional.ofNullable(machine);
    }

    @Override
    public void run() throws Exception {
        Slot slot = admit();
        Image image = parts.images()
                .byId(settings.image())
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.IMAGE_MISSING,
                        "the image " + settings.image() + " of this session is gone",
                        "build it again, or delete the session"));
        Place place = disk(slot, image);
        network(place);
        Path console = parts.consoleLog(id);
        long consoleFrom = Files.exists(console) ? Files.size(console) : 0;
        Machine started = vmm(place, image);
        mail.accept(new Mail.Launched(run, started, place, settings.network(), consoleFrom));
    }

    @Override
    public Mail failed(Exception failure) {
        return new Mail.LaunchFailed(run, Problems.ofLaunch(failure));
    }

    private Slot admit() throws NetworkException {
        parts.host().capacity().reserve(id, settings.memoryMiB());
        parts.host().ledger().enter(new Resource.NetworkSlot(id));
        Slot slot = parts.host().slots().take(id);
        done("admit", settings.memoryMiB() + " MiB reserved, slot " + slot.index());
        return slot;
    }

    private Place disk(Slot slot, Image image) throws IOException, InterruptedException, MachineException {
        Path directory = parts.directory(id);
        parts.host().ledger().enter(new Resource.Directory(id, directory));
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (last.isPresent() && last.get().token().equals(gateway.token())) {
            // Slot and token are the same for the session's whole life, so there is nothing to write; and a file system
            // that was not unmounted must not be written to before its journal has run.
            done("disk", "kept (" + last.get().cloneMethod() + ")");
            Place kept = last.get();
            return new Place(kept.slot(), mode(), kept.token(), kept.disk(), kept.cloneMethod());
        }
        Driver.DiskClone clone = last.isPresent()
                ? new Driver.DiskClone(last.get().disk(), last.get().cloneMethod())
                : parts.driver().cloneDisk(image.rootfs(), directory);
        Place place = new Place(slot, mode(), gateway.token(), clone.disk(), clone.method());
        List<GuestFile> files = new ArrayList<>(agent.files(new AgentSettings(
                place.baseUrl(id),
                place.token(),
                settings.model(),
                settings.systemPrompt(),
                settings.temperature(),
                settings.maxTokens())));
        files.addAll(guestFiles);
        parts.disks().write(place.disk(), directory, files);
        done("disk", clone.method() + ", configuration written and read back");
        return place;
    }

    private HostNetwork.Mode mode() {
        return parts.host().network().mode();
    }

    private void network(Place place) throws IOException {
        Connection.make(parts, id, place, settings.network(), gateway);
        Slot slot = place.slot();
        done(
                "network",
                place.mode().json() + ", " + slot.guest() + ", gateway " + slot.gateway() + ":" + Gateway.GUEST_PORT);
    }

    private Machine vmm(Place place, Image image) throws MachineException {
        Path directory = parts.directory(id);
        parts.host().ledger().enter(new Resource.Vmm(id, directory, Optional.empty()));
        Machine made = parts.driver().create(place.spec(parts, id, settings, image));
        machine = made;
        made.start(parts.timings().vmm());
        parts.host().ledger().enter(new Resource.Vmm(id, directory, Optional.of(made.vmm())));
        parts.host().capacity().started(id, made.vmm());
        done("vmm", parts.driver().name() + ", " + parts.driver().accelerator().kind());
        return made;
    }

    private void done(String step, String detail) {
        long now = System.nanoTime();
        mail.accept(new Mail.Step(run, step, Duration.ofNanos(now - stepBegan).toMillis(), detail));
        stepBegan = now;
    }
}
