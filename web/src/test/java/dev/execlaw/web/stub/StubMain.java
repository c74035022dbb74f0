package dev.execlaw.web.stub;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Serves the user interface with scripted sessions, for working on it: {@code StubMain [PORT [user|template]]}, then open the printed address; {@code user} is a host without network cards, {@code template} one that clones its machines. */
public final class StubMain {

    private StubMain() {}

    public static void main(String[] arguments) throws Exception {
        var server = new StubServer(arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8010, 450);
        if (arguments.length > 1 && arguments[1].equals("user")) {
            server.userMode();
        }
        if (arguments.length > 1 && arguments[1].equals("template")) {
            server.templates();
        }
        furnish(server);
        System.out.println(server.uri());
        Thread.currentThread().join();
    }

    /** Sessions of every kind, as a person would have them. */
    public static void furnish(StubServer server) {
        Instant now = Instant.now();
        var stopped = server.past("Wandering Comet", now.minus(Duration.ofDays(2)));
        server.fill(stopped, 3);
        stopped.set("lastActivityAt", now.minus(Duration.ofDays(2)).toString());
        stopped.console.end();
        stopped.set("agentState", "idle").set("state", "stopped");
        var large = server.past("Long voyage", now.minus(Duration.ofHours(20)));
        server.fill(large, 5000);
        large.set("lastActivityAt", now.minus(Duration.ofHours(5)).toString());
        var talk = server.past("Port the build to arm64", now.minus(Duration.ofMinutes(12)));
        conversation(talk, now.minusSeconds(400));
        talk.set("lastActivityAt", now.minusSeconds(300).toString());
        if (!server.userMode) {
            talk.policy("allowlist", List.of("github.com", "*.githubusercontent.com", "192.0.2.0/24"));
            talk.count("sentBytes", 184_320).count("sentPackets", 1_410);
            talk.count("receivedBytes", 7_340_032).count("receivedPackets", 5_822);
            talk.count("droppedPackets", 17).count("droppedBytes", 1_020);
        }
        server.failing("kernel");
    }

    static void conversation(StubSession s, Instant at) {
        s.past(
                at,
                "user_message",
                Map.of(
                        "id",
                        "u1",
                        "text",
                        "Why does the arm64 build fail?\nLook at the log first, then propose a fix."));
        s.past(at, "turn_started", Map.of("message", "u1"));
        s.past(
                at,
                "thinking",
                Map.of("part", "t1", "text", "The log is probably in build/. I should read it before I guess."));
        s.past(at.plusSeconds(7), "thinking", Map.of("part", "t1", "text", " Then compare with the x86 run."));
        s.past(
                at.plusSeconds(8),
                "tool_call",
                Map.of("id", "c1", "name", "file_read", "arguments", Map.of("path", "build/arm64.log")));
        s.past(at.plusSeconds(8), "tool_result", Map.of("id", "c1", "output", "…", "status", "ok", "exitCode", 0));
        s.past(
                at.plusSeconds(9),
                "tool_call",
                Map.of(
                        "id",
                        "c2",
                        "name",
                        "shell",
                        "arguments",
                        Map.of("command", "make -C build TARGET=arm64 2>&1 | tail -n 20")));
        s.past(
                at.plusSeconds(21),
                "tool_result",
                Map.of(
                        "id",
                        "c2",
                        "output",
                        "\u001b[1mcc\u001b[0m -c atomics.c\n\u001b[31merror:\u001b[0m unknown instruction 'pause'\n   12 |   asm volatile(\"pause\");\nmake: *** [atomics.o] Error 1\n",
                        "status",
                        "error",
                        "exitCode",
                        2));
        s.past(at.plusSeconds(23), "message", Map.of("part", "a1", "text", """
                The build stops in `atomics.c`: it spins with **`pause`**, which only x86 has. arm64 spells it `yield`.

                ```c
                static inline void spin_hint(void) {
                #if defined(__x86_64__)
                    asm volatile("pause");   /* x86 */
                #elif defined(__aarch64__)
                    asm volatile("yield");   /* arm64 */
                #endif
                }
                ```

                What I would change:

                1. Put the hint behind `spin_hint()`.
                2. Build both targets in one step, so that this is seen earlier.

                | target | before | after |
                |---|---|---|
                | x86-64 | ok | ok |
                | arm64 | fails | ok |
                """));
        s.past(at.plusSeconds(26), "usage", Map.of("model", "demo-1", "inputTokens", 1840, "outputTokens", 412));
        s.past(at.plusSeconds(26), "turn_finished", Map.of("reason", "completed", "detail", ""));
    }
}
