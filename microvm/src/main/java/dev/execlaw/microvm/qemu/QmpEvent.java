package dev.execlaw.microvm.qemu;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What QEMU tells unasked. */
sealed interface QmpEvent {

    /**
     * The machine ends; QEMU exits next.
     *
     * @param reason ShutdownCause of QEMU's run-state.json: {@code guest-shutdown}, {@code guest-reset},
     *     {@code guest-panic}, {@code host-qmp-quit}, {@code host-signal} ...
     */
    record Shutdown(String reason) implements QmpEvent {}

    /** The vCPUs were stopped. */
    record Stopped() implements QmpEvent {}

    /** The vCPUs run again. */
    record Resumed() implements QmpEvent {}

    /**
     * How the sending or taking of the machine's state goes.
     *
     * @param status MigrationStatus of QEMU's migration.json: {@code active}, {@code completed}, {@code failed} ...
     */
    record Migration(String status) implements QmpEvent {}

    /**
     * A job on a disk has ended.
     *
     * @param error why it failed or that it was cancelled; empty when it did all
     */
    record JobEnded(String error) implements QmpEvent {}

    /** Null for the many events that mean nothing to this driver. */
    static @Nullable QmpEvent parse(JsonNode message) {
        return switch (message.path("event").asString("")) {
            case "SHUTDOWN" -> new Shutdown(message.path("data").path("reason").asString("unknown"));
            case "MIGRATION" ->
                new Migration(message.path("data").path("status").asString(""));
            case "BLOCK_JOB_COMPLETED" ->
                new JobEnded(message.path("data").path("error").asString(""));
            case "BLOCK_JOB_CANCELLED" -> new JobEnded("it was ended early");
            case "STOP" -> new Stopped();
            case "RESUME" -> new Resumed();
            default -> null;
        };
    }
}
