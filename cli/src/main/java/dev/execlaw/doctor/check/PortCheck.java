package dev.execlaw.doctor.check;

import java.util.Optional;

/** Whether the server can listen, or does already. */
final class PortCheck implements Check {

    @Override
    public String name() {
        return "port";
    }

    @Override
    public Finding run(HostFacts host) throws InterruptedException {
        String address = host.listen().getHostString() + ":" + host.listen().getPort();
        Optional<String> problem = host.network().bindProblem(host.listen());
        if (problem.isEmpty()) {
            return Finding.ok(address + " is free");
        }
        return host.network().ours(host.listen())
                ? Finding.ok(address + " is this server's, which runs")
                : Finding.fail(
                        address + ": " + problem.get(),
                        "end what listens there (ss -ltnp shows it), or use another with --listen");
    }
}
