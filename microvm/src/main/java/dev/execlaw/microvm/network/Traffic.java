package dev.execlaw.microvm.network;

/**
 * What went through a slot, seen from its guest.
 *
 * @param sentBytes by the guest, also to its gateway
 * @param sentPackets by the guest
 * @param receivedBytes by the guest
 * @param receivedPackets by the guest
 * @param droppedPackets packets of the guest that a rule kept back
 * @param droppedBytes of those
 */
public record Traffic(
        long sentBytes,
        long sentPackets,
        long receivedBytes,
        long receivedPackets,
        long droppedPackets,
        long droppedBytes) {

    /** Nothing yet. */
    public static final Traffic NONE = new Traffic(0, 0, 0, 0, 0, 0);
}
