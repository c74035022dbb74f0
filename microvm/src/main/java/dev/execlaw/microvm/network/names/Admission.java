package dev.execlaw.microvm.network.names;

import java.io.IOException;
import java.util.List;

/** Decides on names and lets their addresses through. Called on many threads; a call may block. */
public interface Admission {

    /**
     * Whether a guest may have a name resolved.
     *
     * @param guest number that the guest's address was served under
     * @param name in lower case, without a dot at its end
     */
    boolean lists(int guest, String name);

    /**
     * Lets a guest reach the addresses of a name. The guest is told of them when this has returned.
     *
     * @return those that it may reach now: fewer where some are of a kind that no guest reaches
     */
    List<String> admit(int guest, String name, List<String> addresses, long seconds) throws IOException;
}
