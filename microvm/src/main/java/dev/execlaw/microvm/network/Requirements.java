package dev.execlaw.microvm.network;

import dev.execlaw.microvm.linux.Capability;
import dev.execlaw.microvm.linux.TapDevice;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** What a process needs to make networks of TAP devices. */
final class Requirements {

    private Requirements() {}

    /** What is missing first, with what to do about it; empty where all is there. Changes nothing. */
    static Optional<String> missing() {
        return capability()
                .or(() -> program("nft", "nftables"))
                .or(() -> program("ip", "iproute2"))
                .or(Requirements::tun)
                .or(Requirements::nftables);
    }

    private static Optional<String> capability() {
        try {
            return Capability.effective().contains(Capability.NET_ADMIN)
                    ? Optional.empty()
                    : Optional.of("this process lacks CAP_NET_ADMIN; run it as root");
        } catch (IOException e) {
            return Optional.of("the capabilities of this process cannot be read: " + e.getMessage());
        }
    }

    private static Optional<String> program(String name, String distributionPackage) {
        try {
            Command.of(name, "-V").timeout(Duration.ofSeconds(10)).runOrThrow();
            return Optional.empty();
        } catch (CommandException e) {
            return Optional.of("the program " + name + " does not run (install the package " + distributionPackage
                    + "): " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted while trying " + name);
        }
    }

    private static Optional<String> tun() {
        try {
            TapDevice.probe();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("TAP devices cannot be made: " + e.getMessage()
                    + "; load the module (modprobe tun), and in a container pass the device /dev/net/tun through");
        }
    }

    private static Optional<String> nftables() {
        try {
            HostCommand.nftJson("list the host's rules", "list", "tables");
            return Optional.empty();
        } catch (NetworkException e) {
            return Optional.of("rules cannot be read: " + e.getMessage());
        }
    }
}
