package dev.execlaw;

import dev.execlaw.config.NetworkConfig;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.microvm.firecracker.FirecrackerDriver;
import dev.execlaw.microvm.firecracker.FirecrackerSettings;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.network.NetworkException;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.TapNetwork;
import dev.execlaw.microvm.qemu.QemuDriver;
import dev.execlaw.microvm.qemu.QemuSettings;
import java.io.IOException;
import java.util.Optional;

/**
 * What this host offers its guests, found out once at the start: how they are connected, and what runs them. Both are
 * asked of programs and take their time, so this may run while other parts start.
 */
record HostChoice(HostNetwork network, DriverChoice driver) {

    static HostChoice of(Wiring wiring, ImageStore store) throws IOException, MachineException {
        HostNetwork network = network(wiring);
        try {
            return new HostChoice(network, driver(wiring, store, network.mode(), network.reason()));
        } catch (IOException | MachineException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private static HostNetwork network(Wiring wiring) throws IOException {
        NetworkConfig.Mode mode = wiring.config().network().mode();
        NetworkPrefix prefix = NetworkPrefix.parse(wiring.config().network().prefix());
        int firstUid = wiring.firstUid();
        if (mode == NetworkConfig.Mode.USER) {
            return HostNetwork.user("the configuration says so", prefix, firstUid);
        }
        Optional<String> missing = TapNetwork.unusable();
        if (missing.isPresent() && mode == NetworkConfig.Mode.AUTO) {
            return HostNetwork.user(missing.get(), prefix, firstUid);
        }
        try {
            TapNetwork taps = TapNetwork.open(wiring.taps(prefix));
            return HostNetwork.tap(
                    mode == NetworkConfig.Mode.TAP
                            ? "the configuration says so"
                            : "this process may make devices and rules",
                    prefix,
                    firstUid,
                    taps);
        } catch (NetworkException e) {
            if (mode == NetworkConfig.Mode.AUTO) {
                return HostNetwork.user(String.valueOf(e.getMessage()), prefix, firstUid);
            }
            throw e;
        }
    }

    /** What runs machines that are so connected. */
    static DriverChoice driver(Wiring wiring, ImageStore store, HostNetwork.Mode mode, String reason)
            throws IOException, MachineException {
        Optional<Image> image = store.list().stream().findFirst();
        QemuSettings qemu = wiring.qemu(image.map(Image::kernel).orElse(null));
        return switch (wiring.config().vm().driver()) {
            case QEMU -> new DriverChoice(QemuDriver.open(qemu), "the configuration says so");
            case FIRECRACKER -> {
                if (mode == HostNetwork.Mode.USER) {
                    throw new MachineException("vm.driver is firecracker, which needs TAP devices, and there are none: "
                            + reason + "; set vm.driver = \"qemu\", or mend that");
                }
                FirecrackerSettings settings = wiring.firecracker()
                        .orElseThrow(() -> new MachineException("vm.driver is firecracker, but the program \""
                                + wiring.config().firecracker().binary()
                                + "\" is nowhere; set it up: execlaw setup firecracker"));
                yield new DriverChoice(
                        FirecrackerDriver.open(settings, QemuDriver.accelerator(qemu)), "the configuration says so");
            }
            case AUTO -> automatic(wiring, qemu, mode, reason);
        };
    }

    /** Firecracker where everything it needs is there; what is amiss with it is a reason for QEMU, not an end. */
    private static DriverChoice automatic(Wiring wiring, QemuSettings qemu, HostNetwork.Mode mode, String reason)
            throws MachineException {
        QemuDriver everywhere = QemuDriver.open(qemu);
        if (!everywhere.accelerator().kind().equals("kvm")) {
            return new DriverChoice(
                    everywhere,
                    "Firecracker needs KVM: " + everywhere.accelerator().reason());
        }
        if (mode == HostNetwork.Mode.USER) {
            return new DriverChoice(everywhere, "Firecracker needs TAP devices: " + reason);
        }
        try {
            Optional<FirecrackerSettings> settings = wiring.firecracker();
            return settings.isEmpty()
                    ? new DriverChoice(everywhere, "Firecracker is not set up (execlaw setup firecracker does it)")
                    : new DriverChoice(
                            FirecrackerDriver.open(settings.get(), everywhere.accelerator()),
                            "it is set up, and KVM works");
        } catch (IOException | MachineException e) {
            return new DriverChoice(everywhere, "Firecracker cannot be used: " + e.getMessage());
        }
    }
}
