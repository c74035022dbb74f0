package dev.execlaw.host;

import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.nio.file.Path;
import java.util.Optional;

/** One thing on the host that belongs to a session. */
public sealed interface Resource {

    /** Session id. */
    String session();

    /** A directory and all that is in it. */
    record Directory(String session, Path path) implements Resource {}

    /** A Unix socket. */
    record Socket(String session, Path path) implements Resource {}

    /**
     * The process of a machine.
     *
     * @param path a path on its command line that no other session's processes have; finds it even when the server
     *     died between starting it and learning its number
     * @param identity empty until it is known
     */
    record Vmm(String session, Path path, Optional<ProcessIdentity> identity) implements Resource {}

    /** What its slot has on the host: a TAP device, its address, its place in the rules. */
    record Tap(String session, Slot slot) implements Resource {}

    /** The session's network slot. */
    record NetworkSlot(String session) implements Resource {}
}
