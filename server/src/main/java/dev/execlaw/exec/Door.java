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
 */
public record Door(GuestKey key, HostKey hostKey, Supplier<Optional<InetSocketAddress>> address) {}
