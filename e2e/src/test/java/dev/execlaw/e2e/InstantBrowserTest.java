package dev.execlaw.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that sleep, go back and fork, as a person has them in the browser, on real machines. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class InstantBrowserTest {

    private Product product;
    private Api api;
    private Chromium chromium;
    private Window window;
    private Page page;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.instant(Product.dataDirectory(directory), """
                [provider.demo]
                models = ["demo", "demo-2"]
                """);
        api = product.api();
        api.awaitClones();
        chromium = new Chromium();
        window = chromium.login(product, Chromium.desktop());
        page = window.page();
    }

    @AfterAll
    void stop() throws InterruptedException {
        try (Product ending = product) {
            chromium.close();
        }
    }

    @Test
    void sleepTheWayBackAndForks() {
        String id = api.createReady();
        window.visit(id);
        assertThat(page.locator(".boot-box .think-head")).containsText("from a template");
        turn("run echo one > /root/f");
        turn("run echo two > /root/f; cat /root/f");
        itSleepsUntilAMessageComes();
        itGoesBackAndForthWithItsConversation();
        itForks(id);
        whatChangedIsTold(id);
        window.assertFaultless();
    }

    /** Says it, and waits until its turn is over and saved. */
    private void turn(String text) {
        int before = window.items("user").count();
        window.say(text);
        assertThat(window.items("user")).hasCount(before + 1);
        assertThat(act(before, "r")).hasAttribute("aria-disabled", "false");
    }

    private Locator act(int message, String act) {
        return window.items("user").nth(message).locator("[data-act=" + act + "]");
    }

    private void choose(String entry) {
        window.button("Session menu").click();
        page.locator("[role=menuitem]:text-is(\"" + entry + "\")").click();
    }

    private void agree() {
        page.locator("dialog .primary").click();
        assertThat(page.locator("dialog")).hasCount(0);
    }

    private void itSleepsUntilAMessageComes() {
        choose("Put to sleep");
        assertThat(page.locator("header.head")).containsText("Asleep on disk");
        assertThat(page.locator(".busy-line")).containsText("Asleep on disk, wakes on your next message.");
        turn("run echo woken; cat /root/f");
        assertThat(page.locator("header.head")).containsText("Running");
        assertThat(page.locator(".boot-box .think-head").last())
                .hasText(Pattern.compile("Woken in .*: a message came"));
        assertThat(window.answer()).containsText("woken\ntwo");
    }

    private void itGoesBackAndForthWithItsConversation() {
        window.items("user").nth(1).hover();
        act(1, "r").click();
        assertThat(page.locator("dialog")).containsText("Your last 2 messages and what came of them will be undone.");
        agree();
        assertThat(page.locator(".undone")).containsText("2 messages undone");
        assertThat(window.items("user")).hasCount(1);
        assertThat(window.composer()).hasValue("run echo two > /root/f; cat /root/f");
        turn("run cat /root/f");
        assertThat(window.answer()).containsText("one");

        page.locator(".undone").getByText("Bring back").click();
        assertThat(page.locator("dialog")).containsText("2 of your messages come back");
        agree();
        assertThat(window.items("user")).hasCount(3);
        assertThat(page.locator(".undone")).containsText("1 message undone");
        turn("run cat /root/f");
        assertThat(window.answer()).containsText("two");
    }

    private void itForks(String id) {
        choose("Fork");
        page.locator("#fork-count").selectOption("2");
        page.getByLabel("Model of fork 2").selectOption("demo-2");
        agree();
        assertThat(page).hasURL(Pattern.compile("/s/" + id + "/history$"));
        Locator forks = page.locator(".lineage ul .lineage-row");
        assertThat(forks).hasCount(2);
        assertThat(forks.last()).containsText("demo-2");
        forks.last().locator("a").click();
        assertThat(page.locator(".lineage [aria-current]")).containsText("fork 2");
        page.locator(".tabs").getByText("Chat").click();
        assertThat(window.items("user")).hasCount(4);
        turn("run cat /root/f; echo fork > /root/f");
        assertThat(window.answer()).containsText("two");
    }

    private void whatChangedIsTold(String id) {
        page.navigate("/s/" + id + "/history");
        choose("Save a checkpoint");
        page.locator("#checkpoint-name").fill("before the upgrade");
        agree();
        assertThat(page.locator(".checkpoint-name").first()).hasText("before the upgrade");
        page.getByText("Compare", new Page.GetByTextOptions().setExact(true)).click();
        Locator file = page.locator(".diff-files li", new Page.LocatorOptions().setHasText("/root/f"))
                .filter(new Locator.FilterOptions().setHasText("added"));
        file.locator("summary").click();
        assertThat(file.locator(".patch")).containsText("+two");
    }
}
