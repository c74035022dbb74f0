package dev.execlaw.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.console.ConsoleParser;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("StringConcatToTextBlock") // a text block hides the carriage returns
class RecogniserTest {

    private static final String BOOT = "SeaBIOS\r\n[    0.00] Linux version 6.1\r\n"
            + "[    1.0] Run /init as init process\r\n[    2.0] Run /sbin/init as init process\r\n"
            + "nullclaw login: root (automatic login)\r\n\u001b]133;A\u0007root@nullclaw:~# \u001b]133;B\u0007";
    private static final String AGENT = "stty -echo\r\n\u001b]133;C\u0007nullclaw Agent -- Interactive Mode\r\n"
            + "Provider: execlaw | Model: demo\r\nType your message (Ctrl+D or 'exit' to quit):\r\n\r\n> ";
    private static final String EXIT = "\r\n\u001b]133;D;3\u0007\u001b]133;A\u0007root@nullclaw:~# \u001b]133;B\u0007";

    private final List<ConsoleSignal> signals = new ArrayList<>();
    private final Recogniser recogniser = new Recogniser(signals::add);
    private final ConsoleParser parser = new ConsoleParser(recogniser);

    private void feed(String text) {
        parser.accept(text.getBytes(StandardCharsets.UTF_8));
        recogniser.pause();
    }

    @Test
    void seesAWholeLife() {
        feed(BOOT);
        feed(AGENT);
        feed("\r\nHello \u001b[1mthere\u001b[0m\r\n\r\n> ");
        feed(EXIT);
        assertThat(signals)
                .containsExactly(
                        new ConsoleSignal.Alive(),
                        new ConsoleSignal.InitStarted(),
                        new ConsoleSignal.InitStarted(),
                        new ConsoleSignal.ShellPrompt(),
                        new ConsoleSignal.CommandStarted(),
                        new ConsoleSignal.Banner(Optional.empty()),
                        new ConsoleSignal.AgentPrompt(),
                        new ConsoleSignal.AgentOutput(),
                        new ConsoleSignal.AgentPrompt(),
                        new ConsoleSignal.AgentOutput(),
                        new ConsoleSignal.CommandEnded(3),
                        new ConsoleSignal.ShellPrompt());
    }

    @Test
    void theVersionIsTheOneThatWasToldBeforeTheBanner() {
        feed(BOOT);
        int before = signals.size();
        feed(AGENT.replaceFirst("nullclaw Agent", "nullclaw 2026.4.17\r\nnullclaw Agent"));
        assertThat(signals.subList(before, signals.size()))
                .contains(new ConsoleSignal.Banner(Optional.of("2026.4.17")));
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void anySplitGivesTheSameFacts(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        // Each part ends where the guest waits for somebody; within a part it may be cut anywhere.
        for (String part : List.of(BOOT + AGENT, "\r\nyes \uD83E\uDD9E\r\n\r\n> ", EXIT)) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            int at = 0;
            while (at < bytes.length) {
                int next = Math.min(bytes.length, at + 1 + random.nextInt(9));
                parser.accept(Arrays.copyOfRange(bytes, at, next));
                recogniser.pause();
                at = next;
            }
        }
        assertThat(signals)
                .contains(new ConsoleSignal.Banner(Optional.empty()), new ConsoleSignal.CommandEnded(3))
                .endsWith(new ConsoleSignal.ShellPrompt());
        assertThat(signals.stream().filter(new ConsoleSignal.AgentPrompt()::equals))
                .hasSize(2);
    }

    @Test
    void aSuspendedAgentIsNoEndAndItsPromptCountsAgainOnceItIsBack() {
        feed(BOOT + AGENT);
        signals.clear();
        String shell = "\u001b]133;A\u0007root@nullclaw:~# \u001b]133;B\u0007";
        feed("\r\n[1]+  Stopped   nullclaw agent 2>> /var/log/nullclaw.err\r\n\u001b]133;D;148\u0007" + shell);
        feed("\u001b]133;C\u0007execlaw-doctor\tend\t0\r\n\u001b]133;D;0\u0007" + shell);
        feed("\u001b]133;C\u0007nullclaw agent 2>> /var/log/nullclaw.err\r\n");
        feed("> ");
        feed("\r\nHello\r\n\r\n> ");
        feed(EXIT);
        assertThat(signals)
                .containsExactly(
                        new ConsoleSignal.AgentOutput(),
                        new ConsoleSignal.AgentSuspended(),
                        new ConsoleSignal.ShellPrompt(),
                        new ConsoleSignal.CommandStarted(),
                        new ConsoleSignal.CommandEnded(0),
                        new ConsoleSignal.ShellPrompt(),
                        new ConsoleSignal.CommandStarted(),
                        new ConsoleSignal.AgentPrompt(),
                        new ConsoleSignal.AgentOutput(),
                        new ConsoleSignal.AgentPrompt(),
                        new ConsoleSignal.AgentOutput(),
                        new ConsoleSignal.CommandEnded(3),
                        new ConsoleSignal.ShellPrompt());
    }

    @Test
    void aSuspendedCommandThatIsNoAgentHasEnded() {
        feed(BOOT + "\u001b]133;C\u0007[1]+  Stopped   vi\r\n\u001b]133;D;148\u0007");
        assertThat(signals).endsWith(new ConsoleSignal.CommandEnded(148));
    }

    @Test
    void aQuotedLineIsNoPromptUnlessItIsTheLastThing() {
        feed(BOOT + AGENT);
        signals.clear();
        feed("\r\nAs they say:\r\n\r\n> a quotation\r\nmore");
        assertThat(signals).containsExactly(new ConsoleSignal.AgentOutput());
    }

    @Test
    void emptyLinesTypedAtThePromptLeaveItAPrompt() {
        feed(BOOT + AGENT);
        signals.clear();
        feed("> > ");
        assertThat(signals).isEmpty();
        feed("\r\nanswer\r\n\r\n> ");
        assertThat(signals).containsExactly(new ConsoleSignal.AgentOutput(), new ConsoleSignal.AgentPrompt());
    }

    @Test
    void aShellThatPrintsAPromptLikeLineIsNoAgent() {
        feed(BOOT + "\u001b]133;C\u0007cat mail\r\n\r\n> ");
        assertThat(signals).doesNotContain(new ConsoleSignal.AgentPrompt());
    }

    @Test
    void anAgentThatIsKnownToRunIsRecognisedInTheMiddle() {
        recogniser.resume(true);
        feed("half a sentence.\r\n\r\n> ");
        assertThat(signals).containsExactly(new ConsoleSignal.AgentPrompt());
    }
}
