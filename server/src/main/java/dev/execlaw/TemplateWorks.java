package dev.execlaw;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.agent.Agents;
import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.config.NetworkConfig;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.TemplateOrders;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.TapNetwork;
import dev.execlaw.microvm.template.TemplateBuilder;
import dev.execlaw.microvm.template.TemplateStore;
import dev.execlaw.microvm.template.TemplateTimings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What building templates takes, as the configuration says, without a daemon: nothing of the host's network is touched.
 *
 * @param driver what runs the machines
 * @param orders what all templates of this host have in common
 * @param timings how long the steps of a build may take
 */
public record TemplateWorks(Driver driver, TemplateOrders orders, TemplateTimings timings) {

    /** Finds out what this host offers. */
    public static TemplateWorks open(Config config, DataDirectory data) throws IOException {
        Wiring wiring = new Wiring(config, data);
        Optional<String> noTaps = config.network().mode() == NetworkConfig.Mode.USER
                ? Optional.of("the configuration says so")
                : TapNetwork.unusable();
        HostNetwork.Mode mode = noTaps.isPresent() ? HostNetwork.Mode.USER : HostNetwork.Mode.TAP;
        try {
            DriverChoice choice =
                    HostChoice.driver(wiring, new ImageStore(data.root()), mode, noTaps.orElse("TAP devices"));
            return of(wiring, choice.driver(), mode);
        } catch (MachineException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    static TemplateWorks of(Wiring wiring, Driver driver, HostNetwork.Mode mode) throws IOException {
        NetworkPrefix prefix = NetworkPrefix.parse(wiring.config().network().prefix());
        TemplateTimings defaults = TemplateTimings.DEFAULT;
        // A template boots when others want the processor more.
        return new TemplateWorks(
                driver,
                new TemplateOrders(mode, prefix, wiring.firstUid(), wiring.limits()),
                new TemplateTimings(
                        defaults.vmm(), wiring.boot().multipliedBy(2), defaults.agent(), defaults.settle()));
    }

    /**
     * What starts an agent that waits, as orders take it.
     *
     * @param name the agent's
     * @throws IllegalArgumentException when there is no such agent
     */
    public static String agent(String name, Image image) {
        AgentAdapter agent = Agents.BUILT_IN
                .find(name, image.agent())
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no agent \"" + name + "\"; there are " + String.join(", ", Agents.BUILT_IN.names())));
        return new String(agent.startWaiting(), StandardCharsets.UTF_8);
    }

    /** A builder into a store. */
    public TemplateBuilder builder(TemplateStore store, Progress progress) {
        return new TemplateBuilder(store, driver, progress, timings);
    }
}
