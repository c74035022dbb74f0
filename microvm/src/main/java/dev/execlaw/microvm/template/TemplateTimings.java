package dev.execlaw.microvm.template;

import java.time.Duration;

/**
 * How long the steps of a template's build may take.
 *
 * @param vmm until the VMM answers
 * @param boot until the shell's prompt
 * @param agent until the agent waits
 * @param settle until the guest is quiet
 */
public record TemplateTimings(Duration vmm, Duration boot, Duration agent, Duration settle) {

    /** For a host that is busy with other machines, in software. */
    public static final TemplateTimings DEFAULT = new TemplateTimings(
            Duration.ofSeconds(30), Duration.ofMinutes(3), Duration.ofMinutes(1), Duration.ofMinutes(1));
}
