package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** Connections that end: nothing is lost, nothing comes twice, and the page says where it stands. */
class ReconnectTest extends BrowserTest {

    private static final LocatorAssertions.IsVisibleOptions PATIENT =
            new LocatorAssertions.IsVisibleOptions().setTimeout(30_000);

    private String answer() {
        return page.locator(".item-answer .md").innerText().strip();
    }

    @Test
    void aStreamThatIsCutInTheMiddleOfAnAnswerLosesNothing() {
        visit(stub.running("Test").id());
        say("slow 60");
        assertThat(items("answer")).containsText("slow slow slow");
        stub.dropStreams();
        assertThat(page.locator(".connection")).containsText("nothing is lost");
        assertThat(ready()).isVisible(PATIENT);
        assertThat(page.locator(".connection")).hasCount(0);
        assertThat(answer()).isEqualTo("slow ".repeat(60).strip());
    }

    @Test
    void aMessageWrittenWithoutAConnectionIsSentOnceWhenItIsBack() {
        visit(stub.running("Test").id());
        stub.unreachable(true);
        assertThat(page.locator(".connection")).isVisible(PATIENT);
        say("run uname -a");
        assertThat(page.locator(".pending")).containsText("Waiting for the connection");
        stub.unreachable(false);
        assertThat(page.locator(".tool-what")).containsText("Ran uname -a");
        assertThat(items("user")).hasCount(1);
        assertThat(page.locator(".pending")).hasCount(0);
    }

    @Test
    void aStreamThatCannotGoOnMakesThePageReadAgain() {
        var session = stub.running("Test");
        visit(session.id());
        say("think");
        assertThat(ready()).isVisible();
        stub.unreachable(true);
        assertThat(page.locator(".connection")).isVisible(PATIENT);
        stub.fill(session, 40);
        stub.running("Made meanwhile");
        stub.resyncNext();
        stub.unreachable(false);
        assertThat(page.getByText("Answer 40 with")).isVisible(PATIENT);
        assertThat(page.locator(".sidebar")).containsText("Made meanwhile");
        assertThat(page.getByText("Answer 40 with")).hasCount(1);
    }

    @Test
    void tenTabsShareOneStreamAndTheNextTakesOver() {
        var session = stub.running("Test");
        visit(session.id());
        var tabs = new ArrayList<Page>();
        for (int i = 0; i < 9; i++) {
            Page tab = newPage();
            tab.navigate("/s/" + session.id());
            assertThat(tab.locator("textarea#composer")).isVisible();
            tabs.add(tab);
        }
        assertThat(stub.openStreams()).isEqualTo(1);
        say("run uname -a");
        for (Page tab : tabs) {
            assertThat(tab.locator(".tool-what")).containsText("Ran uname -a");
        }
        page.close();
        page = tabs.getFirst();
        await().atMost(Duration.ofSeconds(20)).until(() -> stub.openStreams() == 1);
        say("run false");
        for (Page tab : tabs) {
            assertThat(tab.locator(".tool.failed")).containsText("exit 1");
        }
    }

    @Test
    void aLoginThatEndedAsksForTheToken() {
        visit(stub.running("Test").id());
        stub.signOut();
        stub.dropStreams();
        assertThat(page.getByText("Sign in").first()).isVisible(PATIENT);
        page.locator("#token").fill("anything");
        page.locator("#token").press("Enter");
        assertThat(page.getByText("What should the agent do?")).isVisible();
    }

    @Test
    void aSessionThatIsDeletedElsewhereSaysSo() {
        var session = stub.running("Test");
        visit(session.id());
        page.evaluate("id => fetch('/api/v1/sessions/' + id, {method: 'DELETE'}).then(r => r.status)", session.id());
        assertThat(page.locator("h1")).hasText("This session is gone");
    }
}
