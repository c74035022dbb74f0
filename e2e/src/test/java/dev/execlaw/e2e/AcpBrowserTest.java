package dev.execlaw.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent that asks for leave, as a person at the page meets it, on a real machine. */
final class AcpBrowserTest extends BrowserScene {

    @Override
    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(Product.dataDirectory(directory), AcpDouble.config());
        api = product.api();
        session = AcpDouble.create(api);
        api.awaitIdle(session);
        chromium = new Chromium();
    }

    private Locator leave() {
        return window.page().locator("[data-leave]").last();
    }

    private Locator listed() {
        return window.page().locator("#group-waiting");
    }

    private void asks(String text) {
        window.visit(session);
        assertThat(window.ready()).isVisible();
        window.say(text);
        assertThat(leave()).containsText("Needs you:");
        assertThat(leave().locator("button")).hasCount(2);
        assertThat(window.page().locator("header.head")).containsText("Needs you");
        assertThat(listed()).hasText("Needs you");
    }

    @Test
    void aPressOfAllowLetsTheTurnGoOn() {
        asks("ask echo $((6*7)) > /root/allowed; cat /root/allowed");
        assertThat(leave()).containsText("cat /root/allowed");
        leave().locator("button", new Locator.LocatorOptions().setHasText("Allow once"))
                .click();
        assertThat(leave()).containsText("You chose: Allow once");
        assertThat(window.answer()).containsText("Ended with 0.");
        assertThat(window.ready()).isVisible();
        assertThat(listed()).hasCount(0);
        assertThat(leave().locator("button")).hasCount(0);
        window.items("tool").last().locator(".tool-head").click();
        assertThat(window.page().locator(".tool-body pre").last()).hasText("42");
    }

    @Test
    void aPressOfRejectKeepsItFromBeingDone() {
        asks("ask touch /root/rejected");
        leave().locator("button", new Locator.LocatorOptions().setHasText("Reject"))
                .click();
        assertThat(leave()).containsText("You chose: Reject");
        assertThat(window.answer()).containsText("Not done");
        assertThat(window.ready()).isVisible();
        window.say("run test -e /root/rejected || echo it is not there");
        assertThat(window.answer()).containsText("Ended with 0.");
    }

    @Test
    void aStopTakesTheQuestionBack() {
        asks("ask echo never");
        window.button("Stop").click();
        assertThat(window.items("end").last()).containsText("Stopped by you.");
        assertThat(leave()).containsText("Not answered: the turn has ended.");
        assertThat(leave().locator("button")).hasCount(0);
        assertThat(listed()).hasCount(0);
    }

    /** Who looks at another session sees in the list that this one waits. */
    @Test
    void theListTellsThatASessionWaits() {
        Page page = window.page();
        page.navigate("/new");
        assertThat(listed()).hasCount(0);
        api.send(session, "ask echo from afar");
        assertThat(listed()).hasText("Needs you");
        page.navigate("/s/" + session);
        leave().locator("button", new Locator.LocatorOptions().setHasText("Allow once"))
                .click();
        assertThat(window.answer()).containsText("Ended with 0.");
        assertThat(listed()).hasCount(0);
    }
}
