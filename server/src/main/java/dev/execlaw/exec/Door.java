package dev.execlaw.exec;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is needed to get into a guest.
 *
 * @param key that opens it
 * @param hostKey that the guest must show
 * @param address of its sshd; asked at every connection, may take a while
 * @param stay begins a command's stay; may take a while, and throw a {@link dev.execlaw.problem.ProblemException}
 */
public record Door(GuestKey key, HostKey hostKey, Supplier<Optional<InetSocketAddress>> address, Supplier<Stay> stay) {

    /** A door that nobody watches. */
    public Door(GuestKey key, HostKey hostKey, Supplier<Optional<InetSocketAddress>> address) {
        this(key, hostKey, address, () -> Stay.FREE);
    }
}
