package dev.execlaw.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.session.AgentStatus;
import dev.execlaw.session.ForkPoint;
import dev.execlaw.session.MachineStatus;
import dev.execlaw.session.ModelSettings;
import dev.execlaw.session.NetworkView;
import dev.execlaw.session.Range;
import dev.execlaw.session.SessionPolicy;
import dev.execlaw.session.SessionView;
import dev.execlaw.session.SpendView;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class EventJsonTest {

    private static final Instant TIME = Instant.parse("2026-11-23T10:00:00.120Z");

    private static final List<EventPayload> ALL = List.of(
            new EventPayload.SessionChanged(view()),
            new EventPayload.SessionDeleted(),
            new EventPayload.BootStep("disk", 12, "reflink"),
            new EventPayload.UserMessage("m1", "text \"quoted\"\n\u0001\uD83E\uDD9E"),
            new EventPayload.MessageRemoved("m1"),
            new EventPayload.TurnStarted("m1"),
            new EventPayload.Message("Hello", "p1"),
            new EventPayload.Thinking("Hm", "p2"),
            new EventPayload.ToolCall("c1", "shell", new JsonMapper().readTree("{\"command\":\"ls\"}")),
            new EventPayload.PermissionRequest(
                    "m1-p3",
                    "rm -r build",
                    new JsonMapper().readTree("{\"command\":\"rm\"}"),
                    List.of(new EventPayload.PermissionRequest.Option("once", "Allow once", "allow_once"))),
            new EventPayload.PermissionAnswer("m1-p3", "once"),
            new EventPayload.PermissionAnswer("m1-p4", null),
            new EventPayload.ToolCallDelta("c1", "shell", "{\"comm"),
            new EventPayload.ToolCallWithdrawn("c1"),
            new EventPayload.ToolResult("c1", "out", "ok", 0, 70_000L),
            new EventPayload.SideCall("s1", "subagent", "look around", "c1"),
            EventJson.within("s1", new EventPayload.Message("Hello", "p1")),
            new EventPayload.SideCallFinished("s1", "completed"),
            new EventPayload.Usage("demo", 10, 20),
            new EventPayload.Usage("demo", 10, 20, 5L, 6L, 0.01, "paid", true),
            new EventPayload.Usage("paid", 10, 20, 5L, 3L, 0.25),
            new EventPayload.TurnFinished("completed", ""),
            new EventPayload.NetworkChanged("allowlist", List.of("example.org")),
            new EventPayload.Checkpoint(9, "named", "before", 4096, 8192, 12),
            new EventPayload.CheckpointDropped(9),
            new EventPayload.Paused("it was idle", 120, 12_288),
            new EventPayload.Resumed("a message came", 60),
            new EventPayload.Rewound(9, 10, 20),
            new EventPayload.Forked("def", 9),
            new EventPayload.ForkMade(List.of("ghi"), 9),
            new EventPayload.BudgetWarning("usd", 1.6, 2, "text"),
            new EventPayload.BudgetReached("usd", 2.1, 2, "text"),
            new EventPayload.PolicyChanged(new SessionPolicy(1L, null, null, null, null, null)),
            new EventPayload.ModelChanged("paid", "large"),
            new EventPayload.ModelSettingsChanged(new ModelSettings(0.5, 10, "low", null)),
            new EventPayload.Omitted(),
            new EventPayload.Notice("note"),
            new EventPayload.Failure(new Problem(ErrorCode.AGENT_EXIT, "it exited", "start it")));

    private static SessionView view() {
        return new SessionView(
                "abc",
                "bold-fox",
                MachineStatus.RUNNING,
                AgentStatus.IDLE,
                "demo",
                "demo",
                "nullclaw",
                "2026.4.17",
                "qemu",
                "alone",
                2,
                1024,
                new NetworkView(
                        "tap",
                        "10.200.0.2",
                        "10.200.0.1",
                        "allowlist",
                        List.of("example.org"),
                        "allowlist",
                        "alone",
                        null),
                TIME,
                TIME,
                List.of(new SessionView.Step("admit", 1, "")),
                List.of(new SessionView.Queued("m2", "later")),
                null,
                new ForkPoint("def", 5),
                List.of(new Range(6, 9)),
                new SessionPolicy(100_000L, 2.5, null, 30L, 10, null),
                new SpendView(3, 100, 50, 10, 5, 0.25, 1, 1, 1500),
                SpendView.NOTHING,
                dev.execlaw.session.KeyMode.DIRECT,
                dev.execlaw.agent.AgentChannel.CONSOLE);
    }

    @Test
    void everyPayloadComesBackAsItWas() {
        for (EventPayload payload : ALL) {
            Event event = new Event(7, "abc", 3, TIME, payload);
            assertThat(EventJson.decode(7, EventJson.encode(event))).isEqualTo(event);
        }
    }

    @Test
    void everyTypeIsKnownAndTried() {
        TreeSet<String> tried = new TreeSet<>();
        ALL.forEach(payload -> tried.add(payload.type()));
        assertThat(EventJson.types().keySet()).isEqualTo(tried);
        assertThat(EventJson.types()).hasSize(EventPayload.class.getPermittedSubclasses().length);
    }

    @Test
    void hasTheFormOfTheApi() {
        assertThat(EventJson.encode(
                        new Event(9, "abc", 3, TIME, new EventPayload.ToolResult("c1", "42\n", "ok", 0, null))))
                .isEqualTo(
                        "{\"session\":\"abc\",\"seq\":3,\"time\":\"2026-11-23T10:00:00.120Z\",\"type\":\"tool_result\","
                                + "\"payload\":{\"id\":\"c1\",\"output\":\"42\\n\",\"status\":\"ok\",\"exitCode\":0,\"wholeChars\":null}}");
        assertThat(EventJson.payload(new EventPayload.SessionChanged(view())))
                .contains("\"state\":\"running\"")
                .contains("\"agentState\":\"idle\"")
                .contains("\"createdAt\":\"2026-11-23T10:00:00.120Z\"");
    }

    @Test
    void namesWhatItCannotRead() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EventJson.payload("nonsense", "{}"))
                .withMessageContaining("nonsense");
        assertThatIllegalArgumentException().isThrownBy(() -> EventJson.payload("notice", "{"));
    }

    @Test
    void usageOfEarlierVersionsCanBeRead() {
        assertThat(EventJson.payload("usage", "{\"model\":\"m\",\"inputTokens\":1,\"outputTokens\":2}"))
                .isEqualTo(new EventPayload.Usage("m", 1, 2));
    }
}
