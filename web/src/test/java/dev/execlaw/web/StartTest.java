package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.assertions.LocatorAssertions;
import org.junit.jupiter.api.Test;

/** The start of a machine as one watches it, and the form it begins with. */
class StartTest extends BrowserTest {

    @Test
    void theTimelineShowsStepsWhileTheyRunAndFoldsWhenDone() {
        stub.holdStarts();
        page.navigate("/new");
        page.getByText("Launch").click();
        assertThat(page.locator(".step.running")).containsText("Booting the kernel");
        assertThat(page.locator(".step.done").first()).containsText("Request accepted");
        assertThat(page.locator(".log-tail pre")).containsText("OK");
        assertThat(page.locator(".timeline progress")).isVisible();
        say("run uname -a");
        stub.letStart();
        assertThat(page.locator(".boot-box")).containsText("Booted in");
        assertThat(page.locator(".timeline")).hasCount(0);
        assertThat(page.locator(".tool-what")).containsText("Ran uname -a");
        page.locator(".boot-box .think-head").click();
        assertThat(page.locator(".step")).hasCount(8);
    }

    @Test
    void aStartThatFailsNamesItsStepAndOffersTheNext() {
        page.navigate("/s/" + stub.failing("guest"));
        assertThat(page.locator(".error-card")).containsText("The step guest did not end within 20 s.");
        assertThat(page.locator(".boot-box")).containsText("Start failed");
        page.locator(".error-card a").click();
        assertThat(page.locator(".xterm-rows")).containsText("kernel line");
    }

    @Test
    void theFormSaysWhatIsWrongNextToTheField() {
        page.navigate("/new");
        page.locator("#provider").selectOption("openrouter");
        page.locator("summary").click();
        page.locator("#temperature").fill("warm");
        page.getByText("Launch").click();
        assertThat(page.locator("#apiKey")).isFocused();
        assertThat(page.locator("#apiKey-hint")).hasText("OpenRouter needs an API key.");
        assertThat(page.locator("#temperature-hint"))
                .hasText("Temperature must be a number from 0 to 2; it is “warm”.");
        assertThat(stub.ids()).isEmpty();
    }

    @Test
    void aRefusalOfTheServerIsShownWithItsNumbers() {
        page.navigate("/new");
        page.locator("summary").click();
        page.locator("#memoryMiB").fill("8000");
        page.getByText("Launch").click();
        assertThat(page.locator(".error-card")).containsText("A machine of 8000 MiB does not fit");
        assertThat(page.locator(".error-card")).containsText("Choose a smaller machine");
        assertThat(page.locator("#memoryMiB")).hasValue("8000");
    }

    @Test
    void stopKeepsTheTranscriptAndStartGoesOn() {
        visit(stub.running("Test").id());
        say("think");
        assertThat(ready()).isVisible();
        page.getByText("Info").click();
        page.getByText("Stop the machine").click();
        assertThat(page.locator("header.head")).containsText("Stopped");
        page.locator(".tabs").getByText("Chat").click();
        assertThat(items("thinking")).isVisible();
        page.locator("button#composer").click();
        assertThat(ready()).isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(20_000));
        assertThat(page.locator(".boot-box")).hasCount(2);
    }
}
