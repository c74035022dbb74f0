package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Everything without a pointer. */
class KeyboardTest extends BrowserTest {

    private void press(String... keys) {
        for (String key : keys) {
            page.keyboard().press(key);
        }
    }

    /** Goes on with Tab until the element has focus, as a person would; gives up after a whole round. */
    private void tabTo(String selector) {
        for (int i = 0; i < 60; i++) {
            if ((boolean) page.evaluate("s => document.activeElement?.matches(s) ?? false", selector)) {
                return;
            }
            press("Tab");
        }
        throw new AssertionError("Tab never reached " + selector);
    }

    @Test
    void createSendStopConsoleAndDelete() {
        page.navigate("/");
        assertThat(page.locator("h1")).isVisible();
        press("c");
        assertThat(page).hasURL(Pattern.compile("/new$"));
        assertThat(page.locator("#provider")).isVisible();
        tabTo("#name");
        page.keyboard().type("By hand");
        press("Enter");
        assertThat(page.locator("h1")).hasText("By hand");
        assertThat(ready()).isVisible();
        assertThat(composer()).isFocused();
        page.keyboard().type("slow 600");
        press("Enter");
        assertThat(items("answer")).containsText("slow slow");
        assertThat(composer()).isFocused();
        press("Control+.");
        assertThat(items("end")).hasText("Stopped by you.");
        tabTo(".boot-box .think-head");
        press("Enter");
        assertThat(page.locator(".step")).hasCount(8);
        press("g", "k");
        assertThat(page.locator(".xterm-rows")).containsText("nullclaw");
        tabTo(".console-bar [aria-pressed]");
        press("Enter");
        page.keyboard().type("id");
        assertThat(page.locator(".xterm-rows")).containsText("> id");
        press("Control+Shift+L", "g", "i");
        assertThat(page.locator(".policy")).isVisible();
        tabTo(".dangerous");
        press("Enter");
        assertThat(page.locator("dialog")).isVisible();
        press("Escape");
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(page.locator(".act .dangerous")).isFocused();
        press("Enter");
        tabTo("dialog .dangerous");
        press("Enter");
        assertThat(page).hasURL(Pattern.compile("/$"));
        assertThat(page.locator(".toast")).containsText("Deleted “By hand”");
        assertThat(stub.ids()).isEmpty();
    }

    @Test
    void changesWhatAMachineMayReach() {
        stub.running("Fenced");
        page.navigate("/");
        assertThat(page.locator(".sidebar .session-row")).hasCount(1);
        press("Alt+ArrowDown");
        assertThat(composer()).isVisible();
        page.locator(".transcript").focus();
        press("g", "i");
        assertThat(page.locator(".policy")).isVisible();
        tabTo("input[value=internet]");
        press("ArrowDown");
        tabTo("#allow");
        page.keyboard().type("example.org");
        press("Enter");
        page.keyboard().type("10.0.0.0/8");
        tabTo(".policy-form .primary");
        press("Enter");
        assertThat(page.locator(".facts").first()).containsText("Only what is listed");
        press("g", "h");
        assertThat(page.locator("h1")).hasText("About this server");
    }

    @Test
    void movesBetweenSessionsAndFocusesTheBox() {
        stub.running("Old");
        stub.running("New");
        page.navigate("/");
        assertThat(page.locator(".sidebar .session-row")).hasCount(2);
        press("Alt+ArrowDown");
        assertThat(page.locator("h1")).hasText("New");
        press("Alt+ArrowDown");
        assertThat(page.locator("h1")).hasText("Old");
        press("Alt+ArrowUp");
        assertThat(page.locator("h1")).hasText("New");
        page.locator(".transcript").focus();
        press("/");
        assertThat(composer()).isFocused();
        assertThat(composer()).hasValue("");
        page.keyboard().type("g c ? /");
        assertThat(composer()).hasValue("g c ? /");
        page.locator(".transcript").focus();
        press("?");
        assertThat(page.locator("dialog")).containsText("Keyboard shortcuts");
        press("Escape");
        assertThat(page.locator("dialog")).hasCount(0);
    }

    @Test
    void theFirstTabStopSkipsToTheBox() {
        page.navigate("/");
        assertThat(composer()).isVisible();
        press("Tab");
        assertThat(page.locator(".skip")).isFocused();
        press("Enter");
        assertThat(composer()).isFocused();
    }

    @Test
    void onANarrowWindowTheListIsADrawer() {
        page.setViewportSize(390, 844);
        stub.running("One");
        visit(stub.running("Two").id());
        assertThat(page.locator(".sidebar")).not().isVisible();
        button("Open session list").focus();
        press("Enter");
        assertThat(page.locator(".sidebar")).isVisible();
        press("Escape");
        assertThat(page.locator(".sidebar")).not().isVisible();
        assertThat(button("Open session list")).isFocused();
        press("Enter");
        tabTo("#sidebar .session-row:not([aria-current])");
        press("Enter");
        assertThat(page.locator("h1")).hasText("One");
        assertThat(page.locator(".sidebar")).not().isVisible();
    }
}
