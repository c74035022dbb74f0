package dev.execlaw;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.host.Capacity;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.Overlays;
import dev.execlaw.host.TemplateOrders;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.template.Template;
import dev.execlaw.microvm.template.TemplateBuilder;
import dev.execlaw.microvm.template.TemplateStore;
import dev.execlaw.microvm.template.TemplateTimings;
import dev.execlaw.session.Templates;
import dev.execlaw.store.CheckpointTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;

/** Finds for new sessions what their machines are cloned from, and has it built where it is missing. */
final class Cloning implements Templates, AutoCloseable {

    private final dev.execlaw.host.Templates templates;
    private final Function<HostNetwork.Mode, TemplateOrders> orders;
    private final boolean wanted;

    private Cloning(
            dev.execlaw.host.Templates templates, Function<HostNetwork.Mode, TemplateOrders> orders, boolean wanted) {
        this.templates = templates;
        this.orders = orders;
        this.wanted = wanted;
    }

    /** With the templates of the data directory. */
    static Cloning open(
            Wiring wiring,
            Driver driver,
            HostNetwork network,
            Capacity capacity,
            CheckpointTable checkpoints,
            InstantSource clock)
            throws IOException {
        TemplateStore store = new TemplateStore(wiring.data().root());
        int firstUid = wiring.firstUid();
        dev.execlaw.host.Templates templates = new dev.execlaw.host.Templates(
                store,
                driver.signature(),
                capacity,
                order -> new TemplateBuilder(store, driver, Progress.NONE, TemplateTimings.DEFAULT).build(order, false),
                template -> inUse(template, checkpoints, wiring.data().machines()),
                clock);
        return new Cloning(
                templates,
                mode -> new TemplateOrders(mode, network.prefix(), firstUid, wiring.limits()),
                wiring.config().vm().templates());
    }

    /** Whether memory is relative to it, or a disk lies over its disk: that of a stopped session has no memory. */
    private static boolean inUse(Template template, CheckpointTable checkpoints, Path machines) {
        try {
            return checkpoints.templates().contains(template.directory().toString())
                    || Overlays.below(
                                    machines, template.directory().resolve("..").normalize())
                            .contains(template.name());
        } catch (IOException e) {
            throw new UncheckedIOException("the disks of machines cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public Choice forNew(Image image, int vcpus, int memoryMiB, HostNetwork.Mode mode, AgentAdapter agent) {
        if (!wanted) {
            return new Choice(Optional.empty(), "vm.templates is false");
        }
        String start = new String(agent.startWaiting(), StandardCharsets.US_ASCII);
        return switch (templates.forNew(orders.apply(mode).of(image, vcpus, memoryMiB, start))) {
            case dev.execlaw.host.Templates.Choice.Clone(Template template) -> new Choice(Optional.of(template), "");
            case dev.execlaw.host.Templates.Choice.Boot(String reason) -> new Choice(Optional.empty(), reason);
        };
    }

    @Override
    public void close() {
        templates.close();
    }
}
