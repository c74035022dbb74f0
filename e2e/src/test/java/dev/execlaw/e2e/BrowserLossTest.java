package dev.execlaw.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** After a reload or a time without network the page shows what the log holds: nothing is lost, nothing comes twice. */
final class BrowserLossTest extends BrowserScene {

    private static final Duration OUTAGE = Duration.ofSeconds(10);

    private Links links;

    @BeforeAll
    void link() throws IOException, InterruptedException {
        links = new Links();
    }

    @AfterAll
    void unlink() throws IOException, InterruptedException {
        links.close();
    }

    @Test
    void aReloadInTheMiddleOfAnAnswerShowsAllOfIt() {
        window.visit(session);
        long before = api.lastSeq(session);
        Locator answer = window.ask("slow 10 60");
        assertThat(answer).containsText("word5");
        window.page().reload();
        assertThat(answer).containsText("word60");
        assertThat(window.ready()).isVisible();
        assertThePageHasWhatTheLogHas(answer, before, 60);
    }

    @Test
    void tenSecondsOfflineAreCaughtUpWithoutAReload() {
        window.expectFaults("net::ERR_");
        window.visit(session);
        window.page().waitForFunction("() => navigator.onLine");
        long before = api.lastSeq(session);
        markDocument();
        Locator answer = window.ask("slow 10 150");
        assertThat(answer).containsText("word5");

        window.context().setOffline(true);
        assertThat(window.page().locator(".connection")).containsText("nothing is lost");
        window.say("run echo written meanwhile");
        assertThat(window.page().locator(".pending")).containsText("Waiting for the connection");
        String known = answer.innerText();
        letPass(OUTAGE);
        assertThat(answer.innerText()).isEqualTo(known);

        window.context().setOffline(false);
        assertThat(window.page().locator(".connection")).hasCount(0);
        assertThat(window.items("tool").last()).containsText("Ran echo written meanwhile");
        assertThat(window.ready()).isVisible();
        assertThePageHasWhatTheLogHas(answer, before, 150);
        assertSameDocument();
    }

    @Test
    void tenSecondsOfSilenceAreCaughtUpWithoutAReload() throws IOException, InterruptedException {
        window.expectFaults("net::ERR_");
        window.visit(session);
        long before = api.lastSeq(session);
        markDocument();
        Locator answer = window.ask("slow 10 150");
        assertThat(answer).containsText("word5");

        links.silence();
        letPass(OUTAGE);
        assertThat(answer).not().containsText("word100");

        links.restore();
        assertThat(answer).containsText("word150");
        assertThat(window.ready()).isVisible();
        assertThePageHasWhatTheLogHas(answer, before, 150);
        assertSameDocument();
    }

    /** The outage itself is what takes the time; the page lives on meanwhile. */
    private void letPass(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        window.page().waitForCondition(() -> System.nanoTime() >= end);
    }

    private void markDocument() {
        window.page().evaluate("() => { window.sameDocument = true; }");
    }

    private void assertSameDocument() {
        assertThat((boolean) window.page().evaluate("() => window.sameDocument === true"))
                .as("the document that was there before")
                .isTrue();
    }

    private void assertThePageHasWhatTheLogHas(Locator answer, long after, int words) {
        String whole = IntStream.rangeClosed(1, words).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
        assertThat(Api.text(api.events(session, after), "message")).startsWith(whole);
        assertThat(answer.innerText().strip()).isEqualTo(whole);
        long asked = api.events(session, 0).stream()
                .filter(e -> Api.type(e).equals("user_message"))
                .count();
        assertThat(window.items("user")).hasCount((int) asked);
    }
}
