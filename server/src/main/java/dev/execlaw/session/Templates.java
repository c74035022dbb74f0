package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.template.Template;
import java.util.Optional;

/** Where new sessions find what their machines are cloned from. Any thread may use it. */
@FunctionalInterface
public interface Templates {

    /** No templates: every machine boots. */
    Templates NONE = (_, _, _, _, _) -> new Choice(Optional.empty(), "this server makes no templates");

    /**
     * A template that fits, or why there is none; then one may be on its way.
     *
     * @param mode how the machine's network card is connected
     */
    Choice forNew(Image image, int vcpus, int memoryMiB, HostNetwork.Mode mode, AgentAdapter agent);

    /**
     * What was found.
     *
     * @param why in words, where there is none
     */
    record Choice(Optional<Template> template, String why) {}
}
