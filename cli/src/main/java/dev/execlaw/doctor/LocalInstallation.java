package dev.execlaw.doctor;

import dev.execlaw.doctor.check.Installation;
import dev.execlaw.host.Ledger;
import dev.execlaw.host.Resource;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.machine.Driver.Accelerator;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.network.TapNetwork;
import dev.execlaw.microvm.qemu.QemuDriver;
import dev.execlaw.microvm.qemu.QemuSettings;
import dev.execlaw.store.Database;
import dev.execlaw.store.ResourceTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the data directory tells. */
public final class LocalInstallation implements Installation {

    private final Path dataDirectory;
    private final Duration probeDeadline;

    /**
     * An installation by its data directory.
     *
     * @param probeDeadline how long the guest that tries KVM out may take
     */
    public LocalInstallation(Path dataDirectory, Duration probeDeadline) {
        this.dataDirectory = dataDirectory;
        this.probeDeadline = probeDeadline;
    }

    @Override
    public List<ImageState> images() throws IOException, InterruptedException {
        ImageStore store = new ImageStore(dataDirectory);
        List<ImageState> states = new ArrayList<>();
        for (Image image : store.list()) {
            states.add(new ImageState(image.id(), image.recipe(), problem(store, image)));
        }
        return states;
    }

    @Override
    public Probe probe() throws IOException, InterruptedException {
        List<Image> images = new ImageStore(dataDirectory).list();
        if (images.isEmpty()) {
            return new Probe("tcg", "not tried: there is no image whose kernel could boot");
        }
        Path cache = Files.createDirectories(dataDirectory.resolve("cache"));
        try {
            QemuSettings settings =
                    QemuSettings.of(cache, images.getFirst().kernel()).withProbeDeadline(probeDeadline);
            Accelerator accelerator = QemuDriver.open(settings).accelerator();
            return new Probe(accelerator.kind(), accelerator.reason());
        } catch (MachineException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public Optional<String> tapProblem() {
        return TapNetwork.unusable();
    }

    @Override
    public Set<String> ledger() {
        Path file = dataDirectory.resolve("execlaw.db");
        Set<String> known = new HashSet<>();
        if (!Files.exists(file)) {
            return known;
        }
        try (Database database = Database.open(file)) {
            ResourceTable table = new ResourceTable(database);
            for (Resource resource : new Ledger(table).all()) {
                known.add(resource.session());
                if (resource instanceof Resource.Tap tap) {
                    known.add(tap.slot().tap());
                } else if (resource instanceof Resource.Vmm vmm) {
                    vmm.identity().ifPresent(identity -> known.add(Long.toString(identity.pid())));
                }
            }
        }
        return known;
    }

    private static String problem(ImageStore store, Image image) throws IOException, InterruptedException {
        try {
            store.require(image.id());
            return "";
        } catch (ImageException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
