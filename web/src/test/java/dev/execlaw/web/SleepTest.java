package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import org.junit.jupiter.api.Test;

/** Machines that sleep on disk, wake, and come from templates. */
class SleepTest extends BrowserTest {

    private Locator head() {
        return page.locator("header.head");
    }

    private void choose(String entry) {
        button("Session menu").click();
        page.locator("[role=menuitem]", new Page.LocatorOptions().setHasText(entry))
                .click();
        assertThat(page.locator("[role=menu]")).hasCount(0);
    }

    @Test
    void aMessageWakesAMachineThatSleeps() {
        visit(stub.running("Sleeper").id());
        choose("Put to sleep");
        assertThat(head()).containsText("Asleep on disk");
        assertThat(head()).containsText("Wakes on your next message");
        assertThat(page.locator(".busy-line")).containsText("Asleep on disk, wakes on your next message.");
        assertThat(page.locator("#group-asleep")).hasText("Asleep");
        assertThat(page.getByText("Put to sleep: somebody asked for it. 9.0 MiB on disk."))
                .isVisible();
        stub.holdStarts();
        say("run uname -a");
        assertThat(head()).containsText("Waking");
        assertThat(page.locator(".step.running")).containsText("Waking the guest");
        assertThat(page.locator(".queue li")).containsText("run uname -a");
        stub.letStart();
        assertThat(page.locator(".tool-what")).containsText("Ran uname -a");
        assertThat(page.getByText("Woken in 43 ms: a message came")).isVisible();
        assertThat(head()).containsText("Running");
        assertThat(page.locator("#group-asleep")).hasCount(0);
    }

    @Test
    void itIsWokenWithoutAMessage() {
        var session = stub.running("Sleeper");
        session.pause("it was idle for 30 min, its limit", false);
        visit(session.id());
        assertThat(page.getByText("Put to sleep: it was idle for 30 min, its limit. "))
                .isVisible();
        page.locator(".tabs").getByText("Console").click();
        assertThat(page.locator(".console-note")).containsText("Asleep on disk; a key");
        page.locator(".tabs").getByText("Chat").click();
        button("Wake it now").click();
        assertThat(head()).containsText("Running");
        assertThat(page.locator(".busy-line")).hasCount(0);
        assertThat(page.getByText("Woken in 43 ms: somebody asked for it")).isVisible();
    }

    @Test
    void aBusyMachineIsPutToSleepOnlyWhenOneInsists() {
        visit(stub.running("Worker").id());
        say("slow 600");
        assertThat(items("answer")).containsText("slow slow");
        choose("Put to sleep");
        var dialog = page.locator("dialog");
        assertThat(dialog).containsText("The agent of s1 works.");
        dialog.getByText("Cancel").click();
        assertThat(dialog).hasCount(0);
        assertThat(button("Stop")).isVisible();
        choose("Put to sleep");
        dialog.locator(".primary").click();
        assertThat(head()).containsText("Asleep on disk");
        assertThat(dialog).hasCount(0);
    }

    @Test
    void theMenuNeedsNoPointer() {
        visit(stub.running("Keys").id());
        button("Session menu").focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("[role=menuitem]").first()).isFocused();
        page.keyboard().press("ArrowUp");
        assertThat(page.locator("[role=menuitem]").last()).isFocused();
        page.keyboard().press("Escape");
        assertThat(page.locator("[role=menu]")).hasCount(0);
        assertThat(button("Session menu")).isFocused();
        page.keyboard().press("Enter");
        assertThat(page.locator("[role=menuitem]").first()).hasText("Put to sleep");
        page.keyboard().press("Enter");
        assertThat(head()).containsText("Asleep on disk");
        assertThat(button("Session menu")).isFocused();
        page.keyboard().press("g");
        page.keyboard().press("t");
        assertThat(page.locator(".checkpoints li").first()).containsText("Put to sleep");
    }

    @Test
    void aCloneHasATimelineOfItsOwn() {
        stub.templates();
        stub.holdStarts();
        page.navigate("/new");
        page.getByText("Launch").click();
        assertThat(page.locator(".step.running")).containsText("Waking the guest");
        assertThat(page.locator(".step.done").last()).containsText("Machine cloned template of debian");
        stub.letStart();
        assertThat(page.locator(".boot-box")).containsText("from a template");
        page.locator(".boot-box .think-head").click();
        assertThat(page.locator(".step")).hasCount(7);
    }
}
