package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import org.junit.jupiter.api.Test;

/** Transcripts that leave by mail. */
class MailTest extends BrowserTest {

    private Locator entry() {
        return page.locator("[role=menuitem]", new Page.LocatorOptions().setHasText("E-mail the transcript"));
    }

    private Locator dialog() {
        return page.locator("dialog");
    }

    private String ask() {
        String id = stub.running("Writer").id();
        visit(id);
        button("Session menu").click();
        entry().click();
        assertThat(dialog()).containsText("Mail may go to me@example.org, *@team.example.org.");
        return id;
    }

    @Test
    void aTranscriptIsSentToWhomTheServerAllows() {
        String id = ask();
        assertThat(dialog().getByLabel("To")).hasValue("me@example.org");
        dialog().locator("button.primary").click();
        assertThat(page.locator(".toast")).containsText("Sent to me@example.org.");
        assertThat(dialog()).hasCount(0);
        assertThat(stub.mailed()).containsExactly(id + " me@example.org");
    }

    @Test
    void anAddressThatIsRefusedCanBeMended() {
        String id = ask();
        dialog().getByLabel("To").fill("stranger@example.net");
        dialog().getByLabel("To").press("Enter");
        assertThat(dialog().locator(".error-card"))
                .containsText("Mail to \"stranger@example.net\" is not allowed here.");
        assertThat(dialog().locator(".error-card")).containsText("Use one of: me@example.org, *@team.example.org.");
        assertThat(stub.mailed()).isEmpty();
        dialog().getByLabel("To").fill("all@team.example.org");
        dialog().getByLabel("To").press("Enter");
        assertThat(page.locator(".toast")).containsText("Sent to all@team.example.org.");
        assertThat(stub.mailed()).containsExactly(id + " all@team.example.org");
    }

    @Test
    void aServerWithoutMailOffersNone() {
        stub.noMail();
        visit(stub.running("Writer").id());
        button("Session menu").click();
        assertThat(page.locator("[role=menuitem]").first()).isVisible();
        assertThat(entry()).hasCount(0);
    }

    @Test
    void mailThatIsSwitchedOffMeanwhileIsSaid() {
        ask();
        stub.noMail();
        dialog().locator("button.primary").click();
        assertThat(dialog().locator(".error-card")).containsText("This server sends no mail: email.via is none.");
    }
}
