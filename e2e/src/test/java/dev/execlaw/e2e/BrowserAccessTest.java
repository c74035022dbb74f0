package dev.execlaw.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Without a pointer, on a phone's width, and as axe sees it. */
final class BrowserAccessTest extends BrowserScene {

    private static final List<String> RULES = List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa");

    @Test
    void aSessionIsMadeAndTalkedToByKeyboardAlone() {
        Page page = window.page();
        assertThat(page.locator("h1")).isVisible();
        window.press("c");
        assertThat(page.locator("#provider")).isVisible();
        window.tabTo("#name");
        page.keyboard().type("By hand");
        window.press("Enter");
        assertThat(page.locator("h1")).hasText("By hand");
        assertThat(window.composer()).isFocused();
        // Written while it boots; sent when the agent is ready.
        page.keyboard().type("run hostname");
        window.press("Enter");
        assertThat(page.locator(".tool-what")).hasText("Ran hostname");
        assertThat(window.ready()).isVisible();
        window.tabTo(".tool-head");
        window.press("Enter");
        assertThat(page.locator(".tool-body pre").last()).hasText("nullclaw");
        api.delete(page.url().replaceAll(".*/", ""));
        assertThat(page.locator("h1")).hasText("This session is gone");
    }

    @Test
    void everythingFitsOnAPhone() {
        Page page = window.page();
        page.setViewportSize(390, 844);
        window.visit(session);
        window.say("run seq -s _ 1 300");
        assertThat(page.locator(".tool-what").last()).containsText("Ran seq");
        assertThat(window.ready()).isVisible();
        page.locator(".tool-head").last().click();
        assertThat(window.composer()).isInViewport();
        assertThat(window.overflow()).isLessThanOrEqualTo(0);
        assertThat(page.locator(".sidebar")).not().isVisible();
        window.button("Open session list").click();
        assertThat(page.locator(".sidebar")).isVisible();
        page.locator(".sidebar .new-session").click();
        assertThat(page).hasURL(Pattern.compile("/new$"));
        assertThat(page.locator(".sidebar")).not().isVisible();
        assertThat(window.button("Launch")).isVisible();
        assertThat(window.overflow()).isLessThanOrEqualTo(0);
    }

    @ParameterizedTest
    @CsvSource({"1280, DARK", "1280, LIGHT", "390, DARK", "390, LIGHT"})
    void axeFindsNothing(int width, ColorScheme scheme) {
        // axe puts a script into the page, which the policy refuses; all other windows keep the policy.
        Browser.NewContextOptions options = Chromium.desktop()
                .setViewportSize(width, 844)
                .setColorScheme(scheme)
                .setBypassCSP(true);
        try (Window other = chromium.login(product, options)) {
            Page page = other.page();
            assertThat(page.locator(".recent li").first()).isVisible();
            check(page, "home");
            page.navigate("/new");
            page.locator("summary").click();
            check(page, "new");
            other.visit(session);
            other.say("think of " + width + " " + scheme);
            assertThat(other.answer()).containsText(width + " " + scheme);
            other.say("run echo " + width + " " + scheme + "; exit 3");
            assertThat(page.locator(".tool.failed .tool-body").last()).isVisible();
            assertThat(other.ready()).isVisible();
            page.locator(".item-thinking .think-head").last().click();
            page.locator(".boot-box .think-head").first().click();
            check(page, "chat");
            page.locator(".tabs").getByText("Console").click();
            assertThat(page.locator(".xterm-rows")).containsText("exit code 3");
            other.button("Allow typing").click();
            check(page, "console");
            page.locator(".tabs").getByText("Info").click();
            assertThat(page.locator(".facts").first()).isVisible();
            check(page, "info");
            assertThat(other.overflow()).isLessThanOrEqualTo(0);
            other.assertFaultless();
        }
    }

    private static void check(Page page, String what) {
        assertThat(new AxeBuilder(page)
                        .withTags(RULES).analyze().getViolations().stream()
                                .flatMap(v -> v.getNodes().stream()
                                        .map(n -> v.getId() + " " + n.getTarget() + " " + n.getFailureSummary())))
                .as(what)
                .isEmpty();
    }
}
