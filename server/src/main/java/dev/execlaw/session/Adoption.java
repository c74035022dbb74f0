package dev.execlaw.session;

import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.host.Demand;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes over a machine that outlived the last server: same process, same socket, same token. */
final class Adoption implements Work.Job {

    private final SessionParts parts;
    private final String id;
    private final SessionSettings settings;
    private final Place place;
    private final ProcessIdentity vmm;
    private final GatewaySession gateway;
    private final int run;
    private final Consumer<Mail> mail;

    // Read by an ending that overtakes this adoption.
    private volatile @Nullable Machine machine;

    Adoption(
            SessionParts parts,
            String id,
            SessionSettings settings,
            Place place,
            ProcessIdentity vmm,
            GatewaySession gateway,
            int run,
            Consumer<Mail> mail) {
        this.parts = parts;
        this.id = id;
        this.settings = settings;
        this.place = place;
        this.vmm = vmm;
        this.gateway = gateway;
        this.run = run;
        this.mail = mail;
    }

    @Override
    public void run() throws Exception {
        if (!parts.host().processes().alive(vmm)) {
            throw new MachineException("the machine ended while the server was away");
        }
        Image image = parts.images()
                .byId(settings.image())
                .orElseThrow(() -> new MachineException("the image " + settings.image() + " is gone"));
        parts.host().capacity().adopt(id, demand(), vmm);
        Connection.make(parts, id, place, settings.network());
        Connection.open(parts, place, gateway);
        Machine adopted = parts.driver().adopt(place.spec(parts, id, settings, image), vmm);
        machine = adopted;
        adopted.resume(); // a server that ended in the middle of a save left it standing still
        mail.accept(new Mail.Adopted(run, adopted, settings.network()));
    }

    private Demand demand() {
        SavedState memory = place.memory();
        return memory == null
                ? Demand.cold(settings.memoryMiB())
                : Demand.cloned(settings.memoryMiB(), memory.template().toString());
    }

    @Override
    public Mail failed(Exception failure) {
        return new Mail.LaunchFailed(
                run, Problems.stopped(Optional.ofNullable(failure.getMessage()).orElse(failure.toString())));
    }

    @Override
    public Optional<Machine> machine() {
        return Optional.ofNullable(machine);
    }
}
