package dev.execlaw.microvm.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How fast this host's time stamp counter counts. No file tells it (what {@code /proc/cpuinfo} shows as MHz follows the
 * processor's pace), so it is measured against the monotonic clock, with each pair of readings taken as the closest of
 * many: a busy host makes it no worse.
 */
public final class TimeStampCounter {

    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int PROT_EXEC = 4;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int PAGE = 4096;
    private static final int PAIRS = 200;
    private static final long SPAN_NANOS = 50_000_000;

    /** {@code rdtsc; shl rdx, 32; or rax, rdx; ret}. */
    private static final byte[] RDTSC = {
        0x0f, 0x31, 0x48, (byte) 0xc1, (byte) 0xe2, 0x20, 0x48, 0x09, (byte) 0xd0, (byte) 0xc3
    };

    private final MethodHandle rdtsc;

    private TimeStampCounter(MethodHandle rdtsc) {
        this.rdtsc = rdtsc;
    }

    /**
     * Measures for a twentieth of a second on the calling thread.
     *
     * @return kHz; empty on other processors than x86-64 and where the system lets no code be made at run time
     */
    public static OptionalLong kiloHertz() {
        if (!System.getProperty("os.arch").equals("amd64")) {
            return OptionalLong.empty();
        }
        return code().map(code -> OptionalLong.of(new TimeStampCounter(code).measure()))
                .orElse(OptionalLong.empty());
    }

    @SuppressWarnings("restricted") // this package is where native code is reached
    private static Optional<MethodHandle> code() {
        long address = Libc.mmap(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
        if (address < 0) {
            return Optional.empty();
        }
        MemorySegment page = MemorySegment.ofAddress(address).reinterpret(PAGE);
        MemorySegment.copy(RDTSC, 0, page, ValueLayout.JAVA_BYTE, 0, RDTSC.length);
        if (Libc.mprotect(address, PAGE, PROT_READ | PROT_EXEC) < 0) {
            return Optional.empty();
        }
        return Optional.of(Linker.nativeLinker().downcallHandle(page, FunctionDescriptor.of(ValueLayout.JAVA_LONG)));
    }

    private long measure() {
        Reading first = closest();
        Reading last = closest();
        while (last.nanos() - first.nanos() < SPAN_NANOS) {
            Thread.onSpinWait();
            last = closest();
        }
        return Math.round((last.ticks() - first.ticks()) * 1e6 / (last.nanos() - first.nanos()));
    }

    /** Of many readings the one that took least: nothing came between its clock and its counter. */
    private Reading closest() {
        Reading best = read();
        for (int i = 1; i < PAIRS; i++) {
            Reading next = read();
            if (next.width() < best.width()) {
                best = next;
            }
        }
        return best;
    }

    private Reading read() {
        try {
            long before = System.nanoTime();
            long ticks = (long) rdtsc.invokeExact();
            long after = System.nanoTime();
            return new Reading(before + (after - before) / 2, ticks, after - before);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("rdtsc threw", e);
        }
    }

    private record Reading(long nanos, long ticks, long width) {}
}
