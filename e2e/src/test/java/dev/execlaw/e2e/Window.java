package dev.execlaw.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A browser's window, with what a person does in it. Keeps every fault that the browser told of. */
final class Window implements AutoCloseable {

    /** Kept outside of the page, so that what happened before a reload is not forgotten. */
    private static final String TELL_VIOLATIONS = """
            document.addEventListener('securitypolicyviolation', e => tellFault(
              'policy: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile + ':' + e.lineNumber));
            """;

    private final BrowserContext context;
    private final Page page;
    private final List<String> faults = new ArrayList<>();
    private Pattern expected = Pattern.compile("(?!)");

    Window(BrowserContext context, double patienceMillis) {
        this.context = context;
        context.setDefaultTimeout(patienceMillis);
        context.exposeFunction("tellFault", arguments -> faults.add(String.valueOf(arguments[0])));
        context.addInitScript(TELL_VIOLATIONS);
        page = context.newPage();
        page.onPageError(faults::add);
        page.onConsoleMessage(this::listen);
    }

    private void listen(ConsoleMessage message) {
        if (message.type().equals("error")) {
            faults.add(message.text() + " " + message.location());
        }
    }

    Page page() {
        return page;
    }

    BrowserContext context() {
        return context;
    }

    /** Faults that match are part of what a test does. */
    void expectFaults(String regex) {
        expected = Pattern.compile(regex);
    }

    /** Fails when the content security policy was violated, a script failed or the console shows an error. */
    void assertFaultless() {
        page.evaluate("() => document.title"); // What the browser said before this answer has been heard with it.
        assertThat(faults)
                .as("what the browser told of")
                .filteredOn(fault -> !expected.matcher(fault).find())
                .isEmpty();
    }

    @Override
    public void close() {
        context.close();
    }

    /** Opens a session's page and waits until its transcript is there and one could write. */
    void visit(String session) {
        page.navigate("/s/" + session);
        assertThat(composer()).isVisible();
        assertThat(page.locator("main .loading")).hasCount(0);
    }

    Locator composer() {
        return page.locator("textarea#composer");
    }

    void say(String text) {
        composer().fill(text);
        composer().press("Enter");
    }

    /** Says it and returns where the answer will stand: the first part of it, if it has several. */
    Locator ask(String text) {
        int answers = items("answer").count();
        say(text);
        return page.locator(".item-answer .md").nth(answers);
    }

    /** Parts of the transcript: user, boot, answer, thinking, tool, end. */
    Locator items(String kind) {
        return page.locator(".item-" + kind);
    }

    /** The newest answer's text. */
    Locator answer() {
        return page.locator(".item-answer .md").last();
    }

    /** The word in the page's head while the agent has nothing to do. */
    Locator ready() {
        return page.locator("header.head").getByText("Ready");
    }

    Locator button(String name) {
        return page.getByLabel(name, new Page.GetByLabelOptions().setExact(true))
                .or(page.locator("button:text-is(\"" + name + "\")"))
                .first();
    }

    void press(String... keys) {
        for (String key : keys) {
            page.keyboard().press(key);
        }
    }

    /** Goes on with Tab until an element has the focus, as a person would; gives up after a long round. */
    void tabTo(String selector) {
        for (int i = 0; i < 80; i++) {
            if ((boolean) page.evaluate("s => document.activeElement?.matches(s) ?? false", selector)) {
                return;
            }
            press("Tab");
        }
        throw new AssertionError("80 presses of Tab never reached " + selector);
    }

    /** By how many pixels the page is wider than its window. */
    int overflow() {
        return (int) page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
    }
}
