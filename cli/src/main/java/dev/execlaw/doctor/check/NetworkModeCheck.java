package dev.execlaw.doctor.check;

import java.util.Optional;

/** How machines will be connected, {@code tap} or {@code user}, and why. */
final class NetworkModeCheck implements Check {

    private static final String ONLY = "machines reach their gateway and nothing else";

    @Override
    public String name() {
        return "network mode";
    }

    @Override
    public Finding run(HostFacts host) {
        if (!host.wantsTaps()) {
            return Finding.ok("user, as network.mode says: " + ONLY);
        }
        Optional<String> problem = host.installation().tapProblem();
        if (problem.isEmpty()) {
            return Finding.ok("tap: this user may make devices and rules");
        }
        return switch (host.config().network().mode()) {
            case TAP ->
                Finding.fail(
                        "network.mode is tap, which does not work: " + problem.get(),
                        "mend that, or set network.mode = \"auto\"");
            case AUTO, USER ->
                Finding.warn(
                        "user: " + ONLY + ", since " + problem.get(),
                        "mend that where they are to reach the internet (docs/network.md), or set network.mode ="
                                + " \"user\"");
        };
    }
}
