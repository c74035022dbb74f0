package dev.execlaw;

import dev.execlaw.config.NetworkConfig;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.TapNetwork;
import dev.execlaw.microvm.qemu.QemuDriver;
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
            return new HostChoice(network, driver(wiring, store));
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
        return HostNetwork.tap(
                mode == NetworkConfig.Mode.TAP
                        ? "the configuration says so"
                        : "this process may make devices and rules",
                prefix,
                firstUid,
                TapNetwork.open(wiring.taps(prefix)));
    }

    private static DriverChoice driver(Wiring wiring, ImageStore store) throws IOException, MachineException {
        Optional<Image> image = store.list().stream().findFirst();
        return new DriverChoice(
                QemuDriver.open(wiring.qemu(image.map(Image::kernel).orElse(null))), "it runs on every host");
    }
}
