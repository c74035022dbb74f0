package dev.execlaw.doctor.check;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** Whether the model providers' addresses answer. */
final class ProvidersCheck implements Check {

    @Override
    public String name() {
        return "providers";
    }

    @Override
    public Finding run(HostFacts host) throws InterruptedException {
        if (host.providers().isEmpty()) {
            return Finding.ok("not tried; --online tries them");
        }
        List<String> silent = new ArrayList<>();
        for (URI provider : host.providers()) {
            host.network().webProblem(provider).ifPresent(problem -> silent.add(provider + ": " + problem));
        }
        return silent.isEmpty()
                ? Finding.ok(host.providers().size() + " answer")
                : Finding.warn(String.join("; ", silent), "check the network, https_proxy and the provider's base_url");
    }
}
