package dev.execlaw.microvm.firecracker.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** Devices of the guest. */
public sealed interface Device extends Command {

    /**
     * A block device. One is either of a file ({@code pathOnHost}, {@code isReadOnly}) or of a vhost-user backend
     * ({@code socket}).
     */
    record Drive(
            DeviceId driveId,
            boolean isRootDevice,
            @Nullable JailPath pathOnHost,
            @Nullable Boolean isReadOnly,
            @Nullable String partuuid,
            @Nullable CacheType cacheType,
            @Nullable IoEngine ioEngine,
            @Nullable RateLimiter rateLimiter,
            @Nullable JailPath socket)
            implements Device {

        public Drive {
            if ((pathOnHost == null) == (socket == null)) {
                throw new IllegalArgumentException("drive " + driveId + " needs either a file or a socket");
            }
        }

        /** A drive of a file. */
        public static Drive of(
                DeviceId id, JailPath file, boolean root, boolean readOnly, @Nullable RateLimiter limiter) {
            return new Drive(id, root, file, readOnly, null, null, null, limiter, null);
        }

        @Override
        public String path() {
            return "/drives/" + driveId;
        }
    }

    /** Puts another file under a drive, or changes its limits; after start only. */
    record DriveUpdate(
            DeviceId driveId,
            @Nullable JailPath pathOnHost,
            @Nullable RateLimiter rateLimiter) implements Device {

        @Override
        public Method method() {
            return Method.PATCH;
        }

        @Override
        public String path() {
            return "/drives/" + driveId;
        }
    }

    /** Persistent memory of a file. */
    record Pmem(
            DeviceId id,
            JailPath pathOnHost,
            @Nullable Boolean rootDevice,
            @Nullable Boolean readOnly,
            @Nullable RateLimiter rateLimiter)
            implements Device {

        @Override
        public String path() {
            return "/pmem/" + id;
        }
    }

    /** Changes the limits of a persistent memory device; after start only. */
    record PmemUpdate(DeviceId id, @Nullable RateLimiter rateLimiter) implements Device {

        @Override
        public Method method() {
            return Method.PATCH;
        }

        @Override
        public String path() {
            return "/pmem/" + id;
        }
    }

    /** A network card on a TAP device, which Firecracker opens at this request. */
    record NetworkCard(
            DeviceId ifaceId,
            String hostDevName,
            @Nullable String guestMac,
            @Nullable Integer mtu,
            @Nullable RateLimiter rxRateLimiter,
            @Nullable RateLimiter txRateLimiter)
            implements Device {

        public NetworkCard {
            if (mtu != null && (mtu < 68 || mtu > 65535)) {
                throw new IllegalArgumentException("mtu is " + mtu + ", allowed are 68 to 65535");
            }
        }

        @Override
        public String path() {
            return "/network-interfaces/" + ifaceId;
        }
    }

    /** Changes the limits of a network card; after start only. */
    record NetworkCardUpdate(
            DeviceId ifaceId,
            @Nullable RateLimiter rxRateLimiter,
            @Nullable RateLimiter txRateLimiter) implements Device {

        @Override
        public Method method() {
            return Method.PATCH;
        }

        @Override
        public String path() {
            return "/network-interfaces/" + ifaceId;
        }
    }

    /** Unplugs a device that the guest has let go of; with {@code --enable-pci} only, not in the description. */
    record Removal(Kind kind, DeviceId id) implements Device {

        @Override
        public Method method() {
            return Method.DELETE;
        }

        @Override
        public String path() {
            return switch (kind) {
                case DRIVE -> "/drives/" + id;
                case PMEM -> "/pmem/" + id;
                case NETWORK_CARD -> "/network-interfaces/" + id;
            };
        }

        @Override
        public @Nullable Object body() {
            return null;
        }
    }

    /** Sockets between host and guest; the guest's context id is 3 or more. */
    record Vsock(int guestCid, JailPath udsPath) implements Device {

        public Vsock {
            if (guestCid < 3) {
                throw new IllegalArgumentException("guestCid is " + guestCid + ", it must be at least 3");
            }
        }

        @Override
        public String path() {
            return "/vsock";
        }
    }

    /** Random numbers of the host for the guest. */
    record Entropy(@Nullable RateLimiter rateLimiter) implements Device {

        @Override
        public String path() {
            return "/entropy";
        }
    }

    /** Sends the serial line's output to a file of its own; then standard input is not read any more. */
    record Serial(
            @Nullable JailPath serialOutPath, @Nullable TokenBucket rateLimiter) implements Device {

        @Override
        public String path() {
            return "/serial";
        }
    }

    /** What a {@link Removal} removes. */
    enum Kind {
        DRIVE,
        PMEM,
        NETWORK_CARD
    }

    /** Whether a guest's flush reaches the disk of the host. */
    enum CacheType {
        @JsonProperty("Unsafe")
        UNSAFE,
        @JsonProperty("Writeback")
        WRITEBACK
    }

    /** How a drive's file is read and written. */
    enum IoEngine {
        @JsonProperty("Sync")
        SYNC,
        @JsonProperty("Async")
        ASYNC
    }
}
