package dev.execlaw.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * SIGTERM and SIGINT as facts to wait for. A shutdown hook could not tell which signal came, nor see a second one, so
 * this uses {@code sun.misc.Signal} of the module jdk.unsupported; by reflection, since javac warns of it and the build
 * takes no warnings.
 */
final class Signals {

    private static final int EXIT_BASE = 128; // a shell's status of a process that a signal ended

    private final BlockingQueue<String> first = new ArrayBlockingQueue<>(1);
    private final AtomicBoolean seen = new AtomicBoolean();

    private Signals() {}

    /** From now on the first signal is kept for {@link #await}, a second one ends the process at once. */
    static Signals watch() {
        Signals signals = new Signals();
        signals.handle("TERM", EXIT_BASE + 15);
        signals.handle("INT", EXIT_BASE + 2);
        return signals;
    }

    /** Waits for a signal and returns its name, e.g. SIGTERM. */
    String await() throws InterruptedException {
        return first.take();
    }

    private void handle(String name, int forcedStatus) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            MethodHandle arrived = MethodHandles.lookup()
                    .findVirtual(Signals.class, "arrived", MethodType.methodType(void.class, String.class, int.class));
            Object ours = MethodHandleProxies.asInterfaceInstance(
                    handler,
                    MethodHandles.dropArguments(
                            MethodHandles.insertArguments(arrived, 0, this, name, forcedStatus), 0, signal));
            var _ = signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("signals cannot be handled on this Java", e);
        }
    }

    @SuppressWarnings("UnusedMethod") // used through its method handle
    private void arrived(String name, int forcedStatus) {
        if (seen.compareAndSet(false, true)) {
            first.add("SIG" + name);
        } else {
            System.err.println("execlaw: second signal, ending at once; machines that still run are taken over or"
                    + " ended by the next start");
            Runtime.getRuntime().halt(forcedStatus);
        }
    }
}
