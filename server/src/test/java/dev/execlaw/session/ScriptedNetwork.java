package dev.execlaw.session;

import dev.execlaw.microvm.network.EgressPolicy;
import dev.execlaw.microvm.network.GuestNetwork;
import dev.execlaw.microvm.network.NetworkException;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.network.Traffic;
import dev.execlaw.microvm.process.Account;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A double of the host's network: keeps what is attached over restarts of the server, as a kernel does. */
final class ScriptedNetwork implements GuestNetwork {

    final Map<Integer, EgressPolicy> attached = new ConcurrentHashMap<>();
    final Map<Integer, Account> owners = new ConcurrentHashMap<>();
    final Set<String> faults = ConcurrentHashMap.newKeySet();
    final List<String> calls = new CopyOnWriteArrayList<>();
    /** Attaching returns when this is let go. */
    volatile CountDownLatch hold = new CountDownLatch(0);

    volatile Set<Integer> reserved = Set.of();

    @Override
    public void attach(Slot slot, @Nullable Account owner, EgressPolicy policy) throws NetworkException {
        fail("attach");
        calls.add("attach " + slot.index());
        attached.put(slot.index(), policy);
        if (owner != null) {
            owners.put(slot.index(), owner);
        }
        try {
            if (!hold.await(10, TimeUnit.SECONDS)) {
                throw new NetworkException("nobody let go within 10 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NetworkException("interrupted", e);
        }
    }

    @Override
    public void change(Slot slot, EgressPolicy policy) throws NetworkException {
        fail("change");
        if (attached.replace(slot.index(), policy) == null) {
            throw new NetworkException("slot " + slot.index() + " is not attached");
        }
    }

    @Override
    public void detach(Slot slot) throws NetworkException {
        fail("detach");
        calls.add("detach " + slot.index());
        attached.remove(slot.index());
    }

    @Override
    public Traffic traffic(Slot slot) throws NetworkException {
        if (!attached.containsKey(slot.index())) {
            throw new NetworkException("slot " + slot.index() + " is not attached");
        }
        return new Traffic(100, 2, 50, 1, 3, 180);
    }

    @Override
    public Set<Integer> attached() {
        return Set.copyOf(attached.keySet());
    }

    @Override
    public Set<Integer> reserved() {
        return reserved;
    }

    @Override
    public List<String> obstacles() {
        return List.of();
    }

    @Override
    public void release() {
        calls.add("release");
    }

    @Override
    public void close() {}

    private void fail(String step) throws NetworkException {
        if (faults.contains(step)) {
            throw new NetworkException("scripted fault of " + step);
        }
    }
}
