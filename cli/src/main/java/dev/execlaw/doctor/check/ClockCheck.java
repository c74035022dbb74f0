package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** Whether the clock can be right: guests take it over, and certificates are judged by it. */
final class ClockCheck implements Check {

    /** No host is older than this program. */
    private static final Instant EARLIEST = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public String name() {
        return "clock";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        Instant now = host.clock().instant();
        String seen = now.truncatedTo(ChronoUnit.SECONDS).toString();
        if (now.isBefore(EARLIEST)) {
            return Finding.fail(seen + " is in the past", "set the clock: timedatectl set-ntp true, or date -s");
        }
        Optional<CommandResult> synchronised =
                host.programs().run(List.of("timedatectl", "show", "--property=NTPSynchronized", "--value"));
        return synchronised.isPresent() && synchronised.get().stdout().strip().equals("no")
                ? Finding.warn(seen + ", not synchronised", "timedatectl set-ntp true, or install chrony")
                : Finding.ok(seen);
    }
}
