package dev.execlaw.original;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The records that viewers and programs get, with the field names that they expect. */
final class Shapes {

    private Shapes() {}

    record Message(String role, String content, String type) {}

    record Thinking(String content) {}

    record ToolCall(String id, String name, JsonNode input, String status) {}

    record ToolResult(
            String id,
            String output,
            String status,
            @JsonProperty("exit_code") int exitCode) {}

    /** {@code uptime} in seconds. */
    record Status(String state, long uptime) {}

    record Busy(boolean busy) {}

    record Idle(boolean idle) {}

    record Exit(int code, String reason) {}

    record Failure(String message) {}

    record Health(String status, boolean kvm, int sessions) {}

    record Platform(boolean isExeDev) {}

    record UserInfo(String email, String userId, boolean isExeDev) {}

    record Models(List<ModelLists.Model> models) {}

    record Created(String id, String status) {}

    record Ok(boolean ok) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record SessionStatus(
            String id,
            String state,
            long uptime,
            String model,
            @Nullable String error) {}
}
