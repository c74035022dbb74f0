package dev.execlaw.session;

import java.time.Duration;

/**
 * How long a session waits for what, before it says that it did not come.
 *
 * @param vmm for the VMM to run the guest
 * @param wake for a guest that does not boot to become who it is
 * @param boot from there to the shell's prompt
 * @param agent from there to the agent's prompt, at a start and after a restart of this server
 * @param again before an agent that keeps ending is started a second time; four times that before the third
 * @param call from handing over a message to the agent's first model call
 * @param prompt from the end of the last model call to the agent's prompt
 * @param stop for a tool to end after an interrupt
 * @param examine for the agent to be suspended and the guest's own checks to end; half of it for the agent to come back,
 *     and a third for checks that hang to be broken off
 * @param grace for the guest to power off before its VMM is killed
 * @param answer for a session to carry out a request that waits
 * @param minute how long a minute of {@code idleTimeoutMin} is
 * @param doze without work until a machine's vCPUs are stopped; zero for never
 */
public record SessionTimings(
        Duration vmm,
        Duration wake,
        Duration boot,
        Duration agent,
        Duration again,
        Duration call,
        Duration prompt,
        Duration stop,
        Duration examine,
        Duration grace,
        Duration answer,
        Duration minute,
        Duration doze) {

    /** Generous enough for four busy cores without KVM. */
    public static final SessionTimings DEFAULT = new SessionTimings(
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofSeconds(120),
            Duration.ofSeconds(60),
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            Duration.ofSeconds(20),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            Duration.ofMinutes(1),
            Duration.ZERO);

    /** The same with another time to boot; with a longer one what else the guest does gets as many times longer. */
    public SessionTimings withBoot(Duration limit) {
        double factor = Math.max(1, (double) limit.toMillis() / boot.toMillis());
        return new SessionTimings(
                times(vmm, factor),
                times(wake, factor),
                limit,
                times(agent, factor),
                again,
                times(call, factor),
                prompt,
                stop,
                times(examine, factor),
                grace,
                answer,
                minute,
                doze);
    }

    /** The same with another time until vCPUs are stopped. */
    public SessionTimings withDoze(Duration limit) {
        return new SessionTimings(
                vmm, wake, boot, agent, again, call, prompt, stop, examine, grace, answer, minute, limit);
    }

    private static Duration times(Duration duration, double factor) {
        return Duration.ofMillis(Math.round(duration.toMillis() * factor));
    }
}
