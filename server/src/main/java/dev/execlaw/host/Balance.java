package dev.execlaw.host;

import java.util.Collection;
import java.util.List;

/**
 * The sum that decides whether a machine is admitted: what the host has, less what is not to be given. Pure.
 *
 * @param needMiB what the machine is expected to take
 * @param basis where that number is from, in words
 * @param growthMiB what the machine may take beyond that
 * @param availableMiB what the host has
 * @param outstandingMiB what young machines are expected to take yet
 * @param reserveMiB kept for the growth of one machine: the one that can grow most
 * @param floorMiB never given
 * @param othersMiB what the other machines hold
 */
record Balance(
        int needMiB,
        String basis,
        int growthMiB,
        int availableMiB,
        int outstandingMiB,
        int reserveMiB,
        int floorMiB,
        int othersMiB) {

    static Balance of(Demand demand, Collection<Share> others, int available, HostLimits limits) {
        int size = size(demand, limits);
        int need = expected(demand, others, limits);
        int growth = size - need;
        int reserve = Math.max(
                growth,
                others.stream()
                        .mapToInt(share -> growth(share, others, limits))
                        .max()
                        .orElse(0));
        return new Balance(
                need,
                basis(demand, others, limits),
                growth,
                available,
                outstanding(others, limits),
                reserve,
                limits.memoryFloorMiB(),
                others.stream().mapToInt(Share::heldMiB).sum());
    }

    boolean fits() {
        return needMiB <= freeMiB();
    }

    /** What may be given. */
    int freeMiB() {
        return availableMiB - floorMiB - outstandingMiB - reserveMiB;
    }

    /** Whether it would not fit even if no other machine were in memory. */
    boolean hopeless() {
        return needMiB + growthMiB > availableMiB + othersMiB - floorMiB;
    }

    /** The sum in words. */
    String words() {
        return "the machine needs " + needMiB + " MiB (" + basis + "), the host has " + Math.max(0, freeMiB())
                + " MiB to give: " + availableMiB + " MiB available, less " + outstandingMiB
                + " MiB that machines just started are expected to take, less " + reserveMiB
                + " MiB for the one machine that may grow most, less a floor of " + floorMiB + " MiB";
    }

    /** What a machine may have in all. */
    static int size(Demand demand, HostLimits limits) {
        return demand.guestMiB() + limits.overheadMiB();
    }

    /** What the machines will take from the host within a minute or so, beyond what they have. */
    static int outstanding(Collection<Share> shares, HostLimits limits) {
        return shares.stream()
                .mapToInt(share -> counted(share, shares, limits) - share.heldMiB())
                .sum();
    }

    /** What a machine has or will soon have. */
    static int counted(Share share, Collection<Share> all, HostLimits limits) {
        return share.settled() ? share.heldMiB() : Math.max(share.heldMiB(), expected(share.demand(), all, limits));
    }

    private static int growth(Share share, Collection<Share> all, HostLimits limits) {
        return Math.max(0, size(share.demand(), limits) - counted(share, all, limits));
    }

    private static int expected(Demand demand, Collection<Share> all, HostLimits limits) {
        int size = size(demand, limits);
        return switch (demand.start()) {
            case Demand.Start.Cold() -> size;
            case Demand.Start.Cloned(String template) ->
                Math.min(size, Math.max(limits.expectedMiB(), average(template, all)));
            case Demand.Start.Saved(int held) -> Math.min(size, Math.max(limits.expectedMiB(), held));
        };
    }

    private static String basis(Demand demand, Collection<Share> all, HostLimits limits) {
        return switch (demand.start()) {
            case Demand.Start.Cold() ->
                demand.guestMiB() + " for the guest, which boots, " + limits.overheadMiB() + " for its VMM";
            case Demand.Start.Cloned(String template) ->
                "a clone of " + demand.guestMiB() + " MiB; the running ones take " + average(template, all)
                        + " on average, each is counted with " + limits.expectedMiB() + " at least";
            case Demand.Start.Saved(int held) ->
                "a guest of " + demand.guestMiB() + " MiB that had " + held
                        + " when it was saved; each is counted with " + limits.expectedMiB() + " at least";
        };
    }

    /** What grown-up clones of the template have, MiB; 0 where there are none. */
    private static int average(String template, Collection<Share> all) {
        List<Share> kind = all.stream()
                .filter(share -> share.settled()
                        && share.demand().start() instanceof Demand.Start.Cloned(String name)
                        && name.equals(template))
                .toList();
        return (int) Math.ceil(kind.stream().mapToInt(Share::heldMiB).average().orElse(0));
    }
}
