package dev.execlaw.microvm.firecracker.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The metadata service (MMDS). Its bodies are never written to the log, unlike those of all other requests. */
public sealed interface Metadata extends Command {

    /** Replaces the store. It is not part of a snapshot. */
    record Store(JsonNode content) implements Metadata {

        @Override
        public String path() {
            return "/mmds";
        }

        @Override
        public Object body() {
            return content;
        }
    }

    /** Merges into the store (RFC 7396). */
    record Merge(JsonNode content) implements Metadata {

        @Override
        public Method method() {
            return Method.PATCH;
        }

        @Override
        public String path() {
            return "/mmds";
        }

        @Override
        public Object body() {
            return content;
        }
    }

    /** Makes the store reachable for the guest; before start only. */
    record Configuration(
            List<DeviceId> networkInterfaces,
            @Nullable MmdsVersion version,
            @Nullable String ipv4Address,
            @Nullable Boolean imdsCompat)
            implements Metadata {

        public Configuration {
            networkInterfaces = List.copyOf(networkInterfaces);
        }

        @Override
        public String path() {
            return "/mmds/config";
        }
    }

    /** V1 is deprecated, and what a configuration that names none gets. */
    enum MmdsVersion {
        @JsonProperty("V1")
        V1,
        @JsonProperty("V2")
        V2
    }
}
