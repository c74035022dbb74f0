package dev.execlaw.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A session as a person has it: made, watched, talked to, deleted. */
final class BrowserTest extends BrowserScene {

    /** Notes every step that the page shows as running, how many it shows as done, and how far they stick out. */
    private static final String WATCH_TIMELINE = """
            () => {
              window.running_ = [];
              window.done_ = [];
              window.wide_ = 0;
              const note = (list, value) => { if (value !== undefined && list.at(-1) !== value) list.push(value); };
              new MutationObserver(() => {
                note(window.running_, document.querySelector('.step.running .step-name')?.firstChild?.data);
                note(window.done_, document.querySelectorAll('.step.done').length || undefined);
                for (const e of document.querySelectorAll('.timeline')) {
                  window.wide_ = Math.max(window.wide_, e.scrollWidth - e.clientWidth);
                }
              }).observe(document.body, {subtree: true, childList: true, characterData: true});
            }
            """;

    @Test
    void fromTheFormToTheLastTrace() throws IOException {
        Page page = window.page();
        assertThat(page.locator("h1")).hasText("What should the agent do?");
        page.locator(".new-session").click();
        page.locator("#name").fill("By the form");
        assertThat(page.locator("#provider")).hasValue("demo");
        page.evaluate(WATCH_TIMELINE);
        window.button("Launch").click();
        assertThat(page).hasURL(Pattern.compile("/s/[^/]+$"));
        String id = page.url().replaceAll(".*/", "");

        assertThat(page.locator("h1")).hasText("By the form");
        assertThat(page.locator(".boot-box .think-head")).containsText("Booted in");
        assertThat(window.ready()).isVisible();
        assertTheTimelineGrew(page);

        window.say("run uname -r");
        assertThat(page.locator(".tool-what")).hasText("Ran uname -r");
        assertThat(window.answer()).containsText("exit code 0");
        page.locator(".tool-head").click();
        String kernel = Api.text(api.events(id, 0), "tool_result").strip();
        assertThat(page.locator(".tool-body pre").last()).hasText(kernel);
        assertThat(kernel)
                .isNotEmpty()
                .isNotEqualTo(
                        Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());

        page.locator(".tabs").getByText("Info").click();
        assertThat(page.locator(".step.done")).hasCount(8);
        assertThat(product.machineProcesses())
                .anyMatch(p -> Hosts.commandLine(p.pid()).contains(id));
        window.button("Delete the session").click();
        page.locator("dialog").getByText("Delete the session").click();
        assertThat(page.locator(".toast")).containsText("Deleted “By the form”");
        assertThat(page).hasURL(Pattern.compile(":\\d+/$"));
        assertThat(page.locator(".sidebar")).not().containsText("By the form");
        assertThat(product.machineProcesses())
                .noneMatch(p -> Hosts.commandLine(p.pid()).contains(id));
    }

    private static void assertTheTimelineGrew(Page page) {
        List<?> running = (List<?>) page.evaluate("() => window.running_");
        List<?> done = (List<?>) page.evaluate("() => window.done_");
        assertThat(running)
                .as("steps that were shown as running")
                .extracting(String::valueOf)
                .containsSubsequence("Booting the kernel", "Starting the system", "Starting the agent");
        assertThat(done).as("numbers of done steps that were shown").hasSizeGreaterThan(3);
        assertThat((int) page.evaluate("() => window.wide_"))
                .as("pixels by which the timeline, with the console's last lines, was wider than its box")
                .isZero();
        assertThat(done).extracting(n -> (Integer) n).isSorted();
    }

    @Test
    void thinkingIsFoldedUntilSomeoneWantsIt() {
        window.visit(session);
        window.say("think about doors");
        Locator head = window.items("thinking").last().locator(".think-head");
        assertThat(head).containsText("Thought for");
        assertThat(window.answer()).containsText("I thought about it: about doors.");
        assertThat(window.page().locator(".think-body")).hasCount(0);
        head.click();
        assertThat(window.page().locator(".think-body")).containsText("I was asked to think about: about doors.");
    }

    @Test
    void whatIsTypedIntoTheConsoleReachesTheMachineOnceItMay() {
        Page page = window.page();
        page.navigate("/s/" + session + "/console");
        Locator rows = page.locator(".xterm-rows");
        assertThat(rows).containsText("Type your message");
        page.locator(".xterm-helper-textarea").focus();
        // Would end the agent, were it not locked.
        page.keyboard().type("exit\n");
        window.button("Allow typing").click();
        // The console does not echo: what appears is the agent's answer.
        page.keyboard().type("/help\n");
        assertThat(rows).containsText("forget the conversation");
        window.press("Control+Shift+L");
        assertThat(window.button("Lock typing")).isFocused();
        page.locator(".tabs").getByText("Chat").click();
        assertThat(window.ready()).isVisible();
        window.say("run echo still here");
        assertThat(window.answer()).containsText("still here");
    }

    @Test
    void stopEndsARunningTool() {
        window.visit(session);
        window.say("run sleep 321");
        assertThat(window.items("tool").last()).containsText("Running sleep 321");
        window.button("Stop").click();
        assertThat(window.items("end").last()).containsText("Stopped by you.");
        assertThat(window.ready()).isVisible();
        window.say("run pgrep -fx 'sleep 321' || echo none is left");
        assertThat(window.answer()).containsText("none is left");
    }

    @Test
    void messagesQueueAndOneIsTakenBack() {
        window.visit(session);
        long before = api.lastSeq(session);
        assertThat(window.ask("slow 10 80")).containsText("word3");
        window.say("run echo taken back");
        window.say("run echo kept");
        Locator chips = window.page().locator(".queue li");
        assertThat(chips).hasCount(2);
        window.button("Remove from queue: run echo taken back").click();
        assertThat(chips).hasCount(1);
        assertThat(window.items("tool").last()).containsText("Ran echo kept");
        assertThat(window.answer()).containsText("kept");
        assertThat(window.page().locator(".queue")).hasCount(0);
        assertThat(window.page().getByText("run echo taken back")).hasCount(0);
        assertThat(api.events(session, before).stream()
                        .filter(e -> Api.type(e).equals("tool_call"))
                        .map(e -> e.path("payload")
                                .path("arguments")
                                .path("command")
                                .asString()))
                .containsExactly("echo kept");
    }
}
