package dev.execlaw.doctor.check;

import java.io.IOException;

/** Looks at one thing of the host. Stateless; any thread may run it. */
public interface Check {

    /** What is looked at: a few words in small letters. */
    String name();

    /** Looks. An error means that the thing could not be seen at all. */
    Finding run(HostFacts host) throws IOException, InterruptedException;
}
