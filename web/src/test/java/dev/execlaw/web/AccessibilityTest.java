package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** axe finds nothing on any page, in both themes, wide and narrow; and nothing is wider than the window. */
class AccessibilityTest extends BrowserTest {

    private static final List<String> RULES = List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa");

    /** axe puts a script into the page, which the policy refuses; all other tests keep the policy. */
    @Override
    Browser.NewContextOptions options() {
        return super.options().setBypassCSP(true);
    }

    @ParameterizedTest
    @CsvSource({"1280, DARK", "1280, LIGHT", "390, DARK", "390, LIGHT"})
    void everyPage(int width, ColorScheme scheme) {
        page.setViewportSize(width, 844);
        page.emulateMedia(new com.microsoft.playwright.Page.EmulateMediaOptions().setColorScheme(scheme));
        var session = stub.running("Accessible");
        String failed = stub.failing("kernel");
        page.navigate("/");
        assertThat(page.locator(".recent li")).hasCount(2);
        check("home");
        page.navigate("/new");
        page.locator("#provider").selectOption("openrouter");
        page.locator("#model").fill("many");
        page.locator("#model").press("ArrowDown");
        assertThat(page.locator(".offers [aria-selected=true]")).isVisible();
        check("new session with a list of models");
        page.keyboard().press("Escape");
        page.locator("summary").click();
        page.getByText("Launch").click();
        check("new session with an error");
        visit(session.id());
        check("empty chat");
        say("run false");
        say("think");
        assertThat(page.locator(".tool-body")).isVisible();
        check("chat with a queue");
        assertThat(page.locator(".item-thinking")).isVisible();
        say("stream 3");
        assertThat(page.locator(".hljs-keyword").first()).isVisible();
        assertThat(ready()).isVisible();
        page.locator(".item-thinking .think-head").click();
        page.locator(".boot-box .think-head").click();
        check("chat");
        past(session.id());
        page.navigate("/s/" + failed);
        assertThat(page.locator(".error-card")).isVisible();
        check("failed start");
        page.navigate("/s/" + session.id() + "/info");
        assertThat(page.locator(".counters")).isVisible();
        check("info");
        page.locator("input[value=allowlist]").check();
        page.locator("#allow").fill("wrong entry!");
        page.locator(".policy-form .primary").click();
        assertThat(page.locator("#allow-hint[role=alert]")).isVisible();
        session.count("droppedPackets", 3);
        assertThat(page.locator(".held")).isVisible();
        check("network with an error and drops");
        page.getByText("Delete the session").click();
        check("dialog");
        page.keyboard().press("Escape");
        button("Session menu").click();
        page.getByText("Switch the model").click();
        page.locator("#model-name").press("ArrowDown");
        assertThat(page.locator("dialog .offers")).isVisible();
        check("question for a model");
        page.keyboard().press("Escape");
        page.keyboard().press("Escape");
        button("Session menu").click();
        page.getByText("E-mail the transcript").click();
        page.getByLabel("To", new com.microsoft.playwright.Page.GetByLabelOptions().setExact(true))
                .fill("stranger@example.net");
        page.keyboard().press("Enter");
        assertThat(page.locator("dialog .error-card")).isVisible();
        check("question for an address with an error");
        page.navigate("/usage");
        assertThat(page.locator("tbody[data-day]")).isVisible();
        check("spend by day");
        page.navigate("/s/" + session.id() + "/console");
        assertThat(page.locator(".xterm-rows")).containsText("root@");
        button("Allow typing").click();
        check("console");
        page.navigate("/keys");
        page.getByLabel("New key for OpenRouter").fill("sk-or-0123456789bad0");
        page.getByLabel("New key for OpenRouter").press("Enter");
        button("Test the key of OpenRouter").click();
        assertThat(page.locator(".field-note.bad")).isVisible();
        check("keys of providers");
        page.navigate("/new");
        page.locator("#provider").selectOption("openrouter");
        page.locator("summary").click();
        page.locator("[name=keyMode][value=direct]").check();
        check("new session with a kept key in the machine");
        stub.userMode();
        page.navigate("/host");
        assertThat(page.locator(".obstacles")).isVisible();
        check("server with obstacles");
        stub.signOut();
        page.navigate("/");
        assertThat(page.locator("#token")).isVisible();
        check("sign in");
    }

    /** What goes on around rewinds, forks and sleep. */
    private void past(String session) {
        items("user").last().locator("[data-act=r]").click();
        assertThat(page.locator("dialog")).isVisible();
        check("question before a rewind");
        page.locator("dialog .primary").click();
        page.locator(".undone [aria-expanded]").click();
        assertThat(page.locator(".undone .item-user")).isVisible();
        check("chat with undone messages");
        button("Session menu").click();
        assertThat(page.locator("[role=menu]")).isVisible();
        check("session menu");
        page.getByText("Fork", new com.microsoft.playwright.Page.GetByTextOptions().setExact(true))
                .click();
        page.locator("#fork-count").selectOption("2");
        check("question before a fork");
        page.locator("dialog .primary").click();
        assertThat(page.locator(".lineage li li")).hasCount(2);
        page.getByText("Compare").click();
        page.locator(".diff-files summary").last().click();
        assertThat(page.locator(".patch")).isVisible();
        check("history");
        button("Session menu").click();
        page.getByText("Put to sleep", new com.microsoft.playwright.Page.GetByTextOptions().setExact(true))
                .click();
        visit(session);
        assertThat(page.locator(".busy-line")).containsText("Asleep on disk");
        check("asleep");
        button("Wake it now").click();
        assertThat(ready()).isVisible();
    }

    private void check(String what) {
        var violations = new AxeBuilder(page).withTags(RULES).analyze().getViolations();
        assertThat(violations.stream()
                        .flatMap(v -> v.getNodes().stream()
                                .map(n -> v.getId() + " " + n.getTarget() + " " + n.getFailureSummary()))
                        .toList())
                .as(what)
                .isEmpty();
        var wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assertThat((int) wide).as(what + ": wider than the window").isLessThanOrEqualTo(0);
    }
}
