package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Going back with machine and conversation, and what becomes of what is undone. */
class RewindTest extends BrowserTest {

    private static final Pattern NOT = Pattern.compile("not while the agent works");

    private Locator dialog() {
        return page.locator("dialog");
    }

    /** Has one answered after the other, each ending in a checkpoint. */
    private void talk(String... messages) {
        for (String message : messages) {
            int before = items("user").count();
            say(message);
            assertThat(items("user")).hasCount(before + 1);
            assertThat(act(message, "r")).hasAttribute("aria-disabled", "false");
        }
    }

    private Locator act(String message, String act) {
        return page.locator(".item-user:has(.user-text:text-is(\"" + message + "\")) [data-act=" + act + "]");
    }

    private void back(String message) {
        act(message, "r").click();
        dialog().locator(".primary").click();
        assertThat(dialog()).hasCount(0);
    }

    @Test
    void goesBackAndBringsBack() {
        visit(stub.running("Traveller").id());
        talk("think one", "think two");
        page.locator(".item-user").last().hover();
        act("think two", "r").click();
        assertThat(dialog()).containsText("before “think two”");
        assertThat(dialog()).containsText("Your last message and what came of it will be undone.");
        assertThat(dialog()).containsText("can be brought back");
        dialog().getByText("Go back", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(page.locator(".undone")).containsText("1 message undone");
        assertThat(items("user")).hasCount(1);
        assertThat(composer()).hasValue("think two");
        assertThat(composer()).isFocused();
        page.locator(".undone [aria-expanded]").click();
        assertThat(page.locator(".undone .item-user")).containsText("think two");
        page.reload();
        assertThat(page.locator(".undone")).containsText("1 message undone");
        button("Bring back").click();
        assertThat(dialog()).containsText("1 of your messages comes back");
        dialog().locator(".primary").click();
        assertThat(page.locator(".undone")).hasCount(0);
        assertThat(items("user")).hasCount(2);
        assertThat(page.locator(".item-rewound")).containsText("as they were before they went back");
    }

    /** The newest checkpoint before a message may be one of a branch that was left. */
    @Test
    void aMessageOfANewBranchGoesBackToWhereItBranched() {
        visit(stub.running("Traveller").id());
        talk("think one", "think two");
        back("think two");
        composer().fill("");
        talk("think three");
        assertThat(page.locator(".undone")).hasCount(1);
        back("think three");
        assertThat(page.locator(".undone")).hasCount(2);
        assertThat(items("user")).hasCount(1);
        assertThat(items("user")).containsText("think one");
        page.locator(".undone").first().getByText("Bring back").click();
        assertThat(dialog()).containsText("1 of your messages comes back");
        dialog().locator(".primary").click();
        assertThat(items("user")).hasCount(2);
        assertThat(page.locator(".undone")).hasCount(1);
        assertThat(page.locator(".undone")).containsText("1 message undone");
    }

    @Test
    void saysWhyItIsNotPossible() {
        var session = stub.running("Traveller");
        visit(session.id());
        talk("think one");
        say("slow 600");
        assertThat(act("think one", "r")).hasAttribute("aria-disabled", "true");
        assertThat(act("think one", "r")).hasAttribute("aria-label", NOT);
        button("Stop").click();
        assertThat(act("think one", "r")).hasAttribute("aria-disabled", "false");
        session.dropCheckpoints();
        assertThat(act("think one", "f")).hasAttribute("aria-disabled", "true");
        act("think one", "f").focus();
        page.keyboard().press("Enter");
        assertThat(page.locator(".toast")).containsText("no checkpoint before it is kept any more");
        assertThat(dialog()).hasCount(0);
    }

    @Test
    void whatIsKeptNoMoreCannotBeBroughtBack() {
        var session = stub.running("Traveller");
        visit(session.id());
        talk("think one");
        back("think one");
        session.dropCheckpoints();
        assertThat(page.locator(".undone")).containsText("no checkpoint of it is kept");
        assertThat(button("Bring back")).hasAttribute("aria-disabled", "true");
    }

    @Test
    void goesBackAndForksByKeys() {
        visit(stub.running("Traveller").id());
        talk("think one", "think two");
        page.locator(".transcript").focus();
        page.keyboard().press("[");
        assertThat(act("think two", "r")).isFocused();
        page.keyboard().press("[");
        assertThat(act("think one", "r")).isFocused();
        page.keyboard().press("]");
        page.keyboard().press("f");
        assertThat(dialog()).containsText("Fork “Traveller”");
        page.keyboard().press("Escape");
        assertThat(dialog()).hasCount(0);
        assertThat(act("think two", "r")).isFocused();
        page.keyboard().press("r");
        assertThat(dialog()).containsText("before “think two”");
        page.keyboard().press("Tab");
        page.keyboard().press("Enter");
        assertThat(page.locator(".undone")).containsText("1 message undone");
        assertThat(composer()).isFocused();
    }
}
