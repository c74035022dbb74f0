package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Whether nftables works for this user. */
final class NftablesCheck implements Check {

    @Override
    public String name() {
        return "nftables";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        if (!host.wantsTaps()) {
            return Finding.ok("not needed: network.mode is user");
        }
        Optional<CommandResult> tables = host.programs().run(List.of("nft", "list", "tables"));
        if (tables.isEmpty()) {
            return Finding.warn("there is no nft: no TAP network", "apt install nftables");
        }
        return tables.get().succeeded()
                ? Finding.ok("works")
                : Finding.warn(
                        "nft list tables: "
                                + tables.get().stderr().lines().findFirst().orElse("no reason given"),
                        "run as root for the TAP network; load the module: modprobe nf_tables");
    }
}
