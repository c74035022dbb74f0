package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Checkpoints, changed files, forks and their line. */
class HistoryTest extends BrowserTest {

    private Locator dialog() {
        return page.locator("dialog");
    }

    private void history(String id) {
        page.navigate("/s/" + id + "/history");
        assertThat(page.locator(".checkpoints li")).not().hasCount(0);
    }

    @Test
    void aCheckpointGetsAName() {
        history(stub.running("Kept").id());
        page.locator(".actions button", new Page.LocatorOptions().setHasText("Save a checkpoint"))
                .click();
        dialog().locator("input").fill("before the upgrade");
        page.keyboard().press("Enter");
        assertThat(dialog()).hasCount(0);
        var rows = page.locator(".checkpoints li");
        assertThat(rows).hasCount(2);
        assertThat(rows.first()).containsText("before the upgrade");
        assertThat(rows.first()).containsText("1.3 MiB disk, 4.6 MiB memory");
        assertThat(rows.last()).containsText("Start");
        assertThat(page.getByText("2 checkpoints, 11.7 MiB")).isVisible();
        page.locator(".tabs").getByText("Chat").click();
        assertThat(page.getByText("Checkpoint “before the upgrade”")).isVisible();
    }

    @Test
    void goesBackToACheckpointAndMarksWhatWasUndone() {
        var session = stub.running("Kept");
        visit(session.id());
        say("think");
        assertThat(ready()).isVisible();
        history(session.id());
        assertThat(page.locator(".checkpoints li")).hasCount(2);
        page.locator(".checkpoints li").last().getByText("Go back").click();
        assertThat(dialog()).containsText("Your last message and what came of it will be undone.");
        dialog().locator(".primary").click();
        assertThat(page.locator(".checkpoints .tag")).hasCount(2);
        assertThat(page.locator(".checkpoints li").first()).containsText("Before going back");
        assertThat(page.locator(".checkpoints li").nth(1)).containsText("After “think”");
    }

    @Test
    void saysWhyOneCannotGoBackNow() {
        var session = stub.running("Kept");
        visit(session.id());
        say("slow 600");
        assertThat(items("answer")).containsText("slow slow");
        page.locator(".tabs").getByText("History").click();
        assertThat(page.getByText("Not while the agent works")).isVisible();
        assertThat(page.locator(".checkpoints li").getByText("Go back")).isDisabled();
        page.keyboard().press("Control+.");
        assertThat(page.locator(".checkpoints li")).hasCount(2);
        assertThat(page.locator(".checkpoints li").first().getByText("Go back")).isEnabled();
    }

    @Test
    void showsWhatChangedSinceTheImageAndDrawsLongFilesBitByBit() {
        history(stub.running("Kept").id());
        page.getByText("Compare").click();
        assertThat(page.getByText("3 files differ")).isVisible();
        assertThat(page.getByText("There is more than the server shows")).isVisible();
        var files = page.locator(".diff-files li");
        assertThat(files.nth(1)).containsText("changed /etc/query.sql 34 B → 22 B, 100644 → 100600");
        assertThat(files.nth(2)).containsText("attributes /bin/tool");
        assertThat(page.locator(".patch")).hasCount(0);
        files.nth(1).locator("summary").click();
        assertThat(files.nth(1).locator(".line-del")).hasText("--- a comment\n-select 2;");
        assertThat(files.nth(1).locator(".line-add")).hasText("+select 3;");
        files.nth(0).locator("summary").click();
        assertThat(files.nth(0).locator(".patch")).containsText("+line 397");
        assertThat(files.nth(0).locator(".patch")).not().containsText("+line 398");
        files.nth(0).getByText("4,603 more lines").click();
        assertThat(files.nth(0).locator(".patch")).containsText("+line 1597");
    }

    @Test
    void comparesTwoMoments() {
        history(stub.running("Kept").id());
        page.locator(".checkpoints li").first().getByText("Changes since").click();
        assertThat(page.locator("#diff-from")).isFocused();
        assertThat(page.locator("#diff-from")).not().hasValue("");
        page.getByText("Compare").click();
        assertThat(page.getByText("1 file differs")).isVisible();
        page.locator("#diff-from").selectOption("");
        assertThat(page.locator(".diff-files")).hasCount(0);
    }

    @Test
    void forksGetAModelEachAndStandInOneLine() {
        String source = stub.running("Trunk").id();
        visit(source);
        say("think");
        assertThat(ready()).isVisible();
        button("Session menu").click();
        page.locator("[role=menuitem]", new Page.LocatorOptions().setHasText(Pattern.compile("^Fork$")))
                .click();
        dialog().locator("#fork-count").selectOption("3");
        dialog().locator("select[aria-label='Model of fork 2']").selectOption("demo-2");
        dialog().locator(".primary").click();
        assertThat(page).hasURL(Pattern.compile("/s/" + source + "/history$"));
        assertThat(page.locator(".toast")).containsText("3 forks made");
        var forks = page.locator(".lineage li li");
        assertThat(forks).hasCount(3);
        assertThat(page.locator(".unread")).hasCount(0);
        assertThat(forks.nth(1)).containsText("Trunk fork 2");
        assertThat(forks.nth(1)).containsText("demo-2");
        assertThat(forks.nth(2)).containsText("demo-1");
        forks.nth(1).locator("a").focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("h1")).hasText("Trunk fork 2");
        assertThat(page.locator(".lineage [aria-current]")).hasText("Trunk fork 2");
        page.locator(".tabs").getByText("Chat").click();
        assertThat(page.getByText("Forked from Trunk")).isVisible();
        assertThat(items("user")).containsText("think");
        assertThat(ready()).isVisible();
        stub.delete(source);
        page.locator(".tabs").getByText("History").click();
        assertThat(page.locator(".lineage")).containsText("a deleted session");
        assertThat(page.locator(".lineage li li")).hasCount(3);
    }

    @Test
    void aForkFromBeforeAMessageLacksIt() {
        var session = stub.running("Trunk");
        visit(session.id());
        say("think one");
        var fork = page.locator(".item-user:has-text('think one') [data-act=f]");
        assertThat(fork).hasAttribute("aria-disabled", "false");
        say("think two");
        var second = page.locator(".item-user:has-text('think two') [data-act=f]");
        assertThat(second).hasAttribute("aria-disabled", "false");
        second.click();
        assertThat(dialog()).containsText("goes on from this checkpoint");
        dialog().locator(".primary").click();
        assertThat(page.locator("h1")).hasText("Trunk fork 1");
        assertThat(items("user")).hasCount(1);
        assertThat(items("user")).containsText("think one");
        assertThat(stub.ids()).hasSize(2);
        page.locator(".item-moment a").click();
        assertThat(page.locator("h1")).hasText("Trunk");
        assertThat(page.getByText("Forked into Trunk fork 1")).isVisible();
    }
}
