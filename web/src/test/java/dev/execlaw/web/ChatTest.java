package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Talking to an agent: what is sent, what is seen, what may be undone. */
class ChatTest extends BrowserTest {

    private static final Page.GetByTextOptions EXACT = new Page.GetByTextOptions().setExact(true);

    @Test
    void aTaskOnTheFirstPageBecomesASessionThatAnswers() {
        page.navigate("/");
        composer().fill("run uname -a");
        page.getByText("Start a session").click();
        assertThat(page).hasURL(Pattern.compile("/s/s\\d+$"));
        assertThat(page.locator(".tool-what")).containsText("Ran uname -a");
        assertThat(items("answer").last()).containsText("exit 0");
        assertThat(items("user")).containsText("run uname -a");
        assertThat(page.locator(".boot-box")).containsText("Booted in");
    }

    @Test
    void aToolCardOpensAndItsOutputIsCopied() {
        visit(stub.running("Test").id());
        say("run uname -a");
        assertThat(ready()).isVisible();
        var head = page.locator(".tool-head");
        assertThat(head).hasAttribute("aria-expanded", "false");
        head.click();
        assertThat(page.locator(".tool-body")).containsText("Linux nullclaw 6.1.0-31");
        button("Copy: Output").click();
        assertThat((String) page.evaluate("() => navigator.clipboard.readText()"))
                .startsWith("Linux nullclaw");
        head.click();
        assertThat(page.locator(".tool-body")).hasCount(0);
    }

    @Test
    void aFailedCommandOpensByItselfAndSaysItsExitCode() {
        visit(stub.running("Test").id());
        say("run false");
        assertThat(page.locator(".tool.failed .tool-outcome")).containsText("exit 1");
        assertThat(page.locator(".tool-body")).isVisible();
    }

    @Test
    void thinkingIsFoldedAndSaysHowLong() {
        visit(stub.running("Test").id());
        say("think hard");
        var head = page.locator(".item-thinking .think-head");
        assertThat(head).containsText(Pattern.compile("Thought for \\d"));
        assertThat(page.locator(".think-body")).hasCount(0);
        head.click();
        assertThat(page.locator(".think-body"))
                .hasText("The question is short, so the answer should be short as well.");
    }

    @Test
    void codeIsColouredAndCopied() {
        visit(stub.running("Test").id());
        say("stream 2");
        assertThat(ready()).isVisible();
        assertThat(page.locator(".hljs-keyword").first()).isVisible();
        page.locator("button[data-copy]").first().click();
        assertThat(page.locator("button[data-copy]").first()).hasText("Copied");
        assertThat((String) page.evaluate("() => navigator.clipboard.readText()"))
                .startsWith("def claw(n):");
    }

    @Test
    void messagesQueueWhileTheAgentWorksAndCanBeTakenBack() {
        visit(stub.running("Test").id());
        say("slow 15");
        assertThat(button("Stop")).isVisible();
        say("run false");
        say("run uname -a");
        assertThat(page.locator(".queue li")).hasCount(2);
        button("Remove from queue: run false").click();
        assertThat(page.locator(".queue li")).hasCount(1);
        assertThat(page.locator(".tool-what")).containsText("Ran uname -a");
        assertThat(page.locator(".queue")).hasCount(0);
        assertThat(items("user")).hasCount(2);
    }

    @Test
    void stopEndsTheTurnAndKeepsWhatWasSaid() {
        visit(stub.running("Test").id());
        say("slow 600");
        assertThat(items("answer")).containsText("slow slow slow");
        button("Stop").click();
        assertThat(items("end")).hasText("Stopped by you.");
        assertThat(ready()).isVisible();
        assertThat(items("answer")).containsText("slow slow slow");
    }

    @Test
    void enterSendsShiftEnterDoesNotAndADraftIsKeptPerSession() {
        String first = stub.running("First").id();
        String second = stub.running("Second").id();
        visit(first);
        composer().pressSequentially("one");
        composer().press("Shift+Enter");
        composer().pressSequentially("two");
        assertThat(composer()).hasValue("one\ntwo");
        page.locator(".session-row", new com.microsoft.playwright.Page.LocatorOptions().setHasText("Second"))
                .click();
        assertThat(page).hasURL(Pattern.compile(second));
        assertThat(composer()).hasValue("");
        page.goBack();
        assertThat(composer()).hasValue("one\ntwo");
        page.reload();
        assertThat(composer()).hasValue("one\ntwo");
        composer().press("Enter");
        assertThat(composer()).hasValue("");
        assertThat(items("user")).hasText(Pattern.compile("one\ntwo.*"));
    }

    @Test
    void enterThatEndsAComposedCharacterDoesNotSend() {
        visit(stub.running("Test").id());
        composer().fill("かな");
        composer()
                .evaluate(
                        "e => e.dispatchEvent(new KeyboardEvent('keydown', {key:'Enter', isComposing:true, bubbles:true}))");
        assertThat(composer()).hasValue("かな");
        assertThat(stub.messagePosts()).isZero();
    }

    @Test
    void aReloadInTheMiddleOfAnAnswerShowsAllOfIt() {
        visit(stub.running("Test").id());
        say("slow 30");
        assertThat(items("answer")).containsText("slow slow slow");
        page.reload();
        assertThat(ready()).isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(15_000));
        assertThat(items("answer")).hasCount(1);
        assertThat(page.locator(".item-answer .md").innerText().strip())
                .isEqualTo("slow ".repeat(30).strip());
    }

    @Test
    void aFailureSaysWhyAndWhatToDo() {
        visit(stub.running("Test").id());
        say("error");
        assertThat(page.locator(".error-card")).containsText("The provider cannot be reached");
        assertThat(page.locator(".error-card")).containsText("Send it again.");
    }

    @Test
    void aMachineThatDiesLeavesItsTranscriptAndCanStartAgain() {
        visit(stub.running("Test").id());
        say("die");
        assertThat(page.locator(".error-card")).containsText("The VMM ended with status 1.");
        button("Start again").click();
        assertThat(composer()).isVisible();
        assertThat(ready()).isVisible();
        assertThat(page.locator(".error-card")).hasCount(0);
        assertThat(page.locator(".boot-box")).hasCount(2);
    }

    @Test
    void readingAboveIsNotDisturbedUntilOneAsks() {
        var session = stub.running("Test");
        stub.fill(session, 30);
        visit(session.id());
        var box = page.locator(".transcript");
        box.hover();
        page.mouse().wheel(0, -600);
        assertThat(page.locator(".latest")).isVisible();
        var before = box.evaluate("e => e.scrollTop");
        session.event("message", Map.of("text", "news", "part", "n1"));
        assertThat(page.locator(".latest")).containsText("1 new");
        assertThat(box.evaluate("e => e.scrollTop")).isEqualTo(before);
        page.locator(".latest").click();
        assertThat(page.getByText("news")).isInViewport();
    }

    /** A key that is pressed just as a page has opened, before the browser has told of the scroll that opened it at its end. */
    @Test
    void anOlderScrollToTheEndDoesNotTakeAPersonBackThere() {
        var session = stub.running("Long");
        stub.fill(session, 50);
        visit(session.id());
        assertThat(page.getByText("Answer 50 with")).isInViewport();
        for (int above : List.of(0, 20)) {
            page.evaluate("""
                    above => {
                      const box = document.querySelector('.transcript');
                      box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home', bubbles: true }));
                      box.scrollTop -= above;
                      box.dispatchEvent(new Event('scroll'));
                    }""", above);
            assertThat(page.locator(".latest")).isVisible();
            page.evaluate("() => document.querySelector('.transcript').scrollTop = 0");
            assertThat(page.getByText("Question 1", EXACT)).isInViewport();
            session.event("message", Map.of("text", "news", "part", "n" + above));
            assertThat(page.locator(".latest")).containsText("1 new");
            assertThat(page.getByText("Question 1", EXACT)).isInViewport();
            // Back at the end by no matter what, it is followed again.
            page.evaluate(
                    "() => { const box = document.querySelector('.transcript'); box.scrollTop = box.scrollHeight; }");
            assertThat(page.locator(".latest")).hasCount(0);
        }
    }

    @Test
    void aSmallWayUpAndBackDownFollowsTheEndAgain() {
        var session = stub.running("Long");
        stub.fill(session, 30);
        visit(session.id());
        assertThat(page.getByText("Answer 30 with")).isInViewport();
        page.locator(".transcript").hover();
        page.mouse().wheel(0, -10);
        assertThat(page.locator(".latest")).isVisible();
        page.mouse().wheel(0, 10);
        assertThat(page.locator(".latest")).hasCount(0);
        session.event("message", Map.of("text", "news", "part", "n1"));
        assertThat(page.getByText("news")).isInViewport();
    }

    @Test
    void aCardThatIsOpenedAtTheEndStaysWhereItIs() {
        var session = stub.running("Test");
        stub.fill(session, 30);
        visit(session.id());
        say("run uname -a");
        assertThat(ready()).isVisible();
        assertThat(items("answer").last()).containsText("exit 0");
        var head = page.locator(".tool-head").last();
        double before = head.boundingBox().y;
        head.click();
        assertThat(page.locator(".tool-body")).isVisible();
        assertThat(page.locator(".latest")).isVisible();
        assertThat(head.boundingBox().y).isEqualTo(before);
        head.click();
        assertThat(page.locator(".latest")).hasCount(0);
        say("run false");
        assertThat(page.locator(".tool.failed").last()).isInViewport();
    }

    @Test
    void aSessionOfTenThousandMessagesOpensAtItsEndWithFewElements() {
        var session = stub.running("Long");
        stub.fill(session, 5000);
        long start = System.nanoTime();
        visit(session.id());
        assertThat(page.getByText("Answer 5000 with")).isInViewport();
        System.out.printf("10,000 messages: %d ms to the last page%n", (System.nanoTime() - start) / 1_000_000);
        int nodes = (int) page.evaluate("() => document.querySelectorAll('*').length");
        System.out.printf("10,000 messages: %d elements%n", nodes);
        assertThat(nodes).isLessThan(6000);
        page.locator(".transcript").focus();
        page.locator(".transcript").press("Home");
        assertThat(page.getByText("Question 1", EXACT)).isInViewport();
    }
}
