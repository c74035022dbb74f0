package dev.execlaw.microvm.firecracker;

import java.util.ArrayList;
import java.util.List;

/** Whether a version of Firecracker will do; faults by the numbers they have upstream. */
public sealed interface VersionVerdict {

    /** What is known of this version. */
    static VersionVerdict of(FirecrackerVersion version) {
        if (!version.atLeast(1, 12, 0)) {
            return new Refused("it cannot give a restored machine another network card (since 1.12.0, #4731)"
                    + " and gets no fixes any more");
        }
        List<String> faults = new ArrayList<>();
        if (!version.atLeast(1, 15, 0)) {
            faults.add("differential snapshots of guests above 3 GiB are corrupt (#5705)");
        }
        if (!version.atLeast(1, 16, 1)) {
            faults.add("a restored guest's vsock can stay dead for ever (#5969)");
        }
        if (!version.atLeast(1, 16, 2)) {
            faults.add("pause and resume end host to guest vsock connections (#6100)");
            faults.add("a closed stdout blocks the API (#6086)");
        }
        return faults.isEmpty() ? new Good() : new Flawed(String.join(", ", faults));
    }

    /** Nothing against it is known. */
    record Good() implements VersionVerdict {}

    /** It runs machines, with a known fault. */
    record Flawed(String fault) implements VersionVerdict {}

    /** It must not be used. */
    record Refused(String reason) implements VersionVerdict {}
}
