package dev.execlaw.microvm.network;

import dev.execlaw.microvm.process.Account;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The host's side of guests' networks: for each slot a TAP device with the gateway's address, and rules that decide what
 * its guest reaches. What it makes outlives this process, as machines do; a later process takes it over. Any thread may
 * use it.
 */
public interface GuestNetwork extends AutoCloseable {

    /**
     * Makes what a slot needs, or takes over what is there. When it returns, the machine may start.
     *
     * @param owner whom the TAP device belongs to, so that a VMM without privileges may open it; null for root
     * @throws NetworkException when a part cannot be made; nothing of the slot is left then
     */
    void attach(Slot slot, @Nullable Account owner, EgressPolicy policy) throws NetworkException;

    /** Changes what an attached slot's guest reaches. Connections that the new policy forbids are cut. */
    void change(Slot slot, EgressPolicy policy) throws NetworkException;

    /** Removes all of a slot, and proves it gone. Does nothing when nothing is there. */
    void detach(Slot slot) throws NetworkException;

    /** What went through an attached slot since it was attached. */
    Traffic traffic(Slot slot) throws NetworkException;

    /** Numbers of the slots of which anything is on this host, also what another process made. */
    Set<Integer> attached() throws NetworkException;

    /** Numbers of the slots whose addresses this host uses for something else, so that they must not be given out. */
    Set<Integer> reserved() throws NetworkException;

    /** What stands in guests' way on this host although all of ours is right, in plain words; empty where nothing does. */
    List<String> obstacles() throws NetworkException;

    /**
     * Takes everything back that was done to the host.
     *
     * @throws NetworkException when slots are still attached; nothing is changed then
     */
    void release() throws NetworkException;

    /** Lets go of the network; attached slots stay as they are. Their names are not resolved until it is opened again. */
    @Override
    void close();
}
