package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Runs programs of the host, each for a few seconds at most. */
public interface Programs {

    /** Whether a program is there: in PATH and where an administrator's programs lie. */
    boolean present(String name);

    /** Runs a program; empty when there is no such program. */
    Optional<CommandResult> run(List<String> argv) throws IOException, InterruptedException;
}
