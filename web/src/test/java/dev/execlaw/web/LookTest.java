package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Theme, language, and what a long answer costs. */
class LookTest extends BrowserTest {

    private Object background(Page of) {
        return of.evaluate("() => getComputedStyle(document.body).backgroundColor");
    }

    @Test
    void theThemeFollowsTheSystemUntilOneIsChosenAndIsSetBeforeTheFirstPaint() {
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        page.navigate("/");
        assertThat(page.locator("h1")).isVisible();
        Object dark = background(page);
        page.locator(".theme select").selectOption("light");
        assertThat(background(page)).isNotEqualTo(dark);
        page.reload();
        assertThat(page.locator(".theme select")).hasValue("light");
        assertThat(background(page)).isNotEqualTo(dark);
        // Without the application's script the page already has its theme.
        page.route("**/assets/chunk-*.js", route -> route.abort());
        page.reload();
        assertThat(background(page)).isNotEqualTo(dark);
        assertThat(page.locator("#app > *")).hasCount(0);
    }

    /** With a language in which every string stands in brackets, text without brackets was written into the code. */
    @Test
    void everyVisibleStringComesFromTheLanguageFile() {
        page.addInitScript("localStorage.setItem('execlaw.pseudo', '1')");
        var session = stub.running("DATA");
        session.pause("user", false);
        String failed = stub.failing("kernel");
        for (String path : List.of(
                "/",
                "/new",
                "/s/" + session.id(),
                "/s/" + session.id() + "/info",
                "/s/" + session.id() + "/history",
                "/s/" + failed,
                "/host",
                "/keys",
                "/usage")) {
            page.navigate(path);
            page.locator("h1").first().waitFor();
            page.waitForFunction("() => document.querySelectorAll('.session-row').length >= 2");
            assertThat((List<?>) page.evaluate(BARE_TEXT)).as(path).isEmpty();
        }
    }

    /** Texts and names of controls, without what comes from the server, keys' names, numbers and times. */
    private static final String BARE_TEXT = """
            () => {
              const data = '.session-name, .session-when, .model, h1, .provider-key h2, option, .facts dd, .step-detail, .step-time, .version,'
                + ' .obstacles li, .error-detail, .error-next, .error-code, .item-user, .md, pre, kbd, time, .xterm, .touch-keys';
              const bare = [];
              const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (walk.nextNode()) {
                const text = walk.currentNode.data.trim();
                const parent = walk.currentNode.parentElement;
                if (!/[a-z]{2}/i.test(text) || parent.closest(data) || parent.closest('noscript')) continue;
                if (!text.startsWith('⟦')) bare.push(text);
              }
              for (const e of document.querySelectorAll('#app [aria-label], #app [title], #app [placeholder]')) {
                if (e.closest(data)) continue;
                for (const name of ['aria-label', 'title', 'placeholder']) {
                  const text = e.getAttribute(name);
                  if (text && /[a-z]{2}/i.test(text) && !text.includes('⟦')) bare.push(name + '=' + text);
                }
              }
              return bare;
            }
            """;

    private static final String COUNT_FRAMES = """
            () => {
              window.frames_ = [];
              let last = performance.now();
              const tick = now => { window.frames_.push(now - last); last = now; window.raf_ = requestAnimationFrame(tick); };
              window.raf_ = requestAnimationFrame(tick);
              window.longest_ = 0;
              new PerformanceObserver(list => {
                for (const e of list.getEntries()) window.longest_ = Math.max(window.longest_, e.duration);
              }).observe({entryTypes: ['longtask']});
            }
            """;

    private void stream(String command) {
        visit(stub.running("Test").id());
        page.evaluate(COUNT_FRAMES);
        say(command);
        assertThat(items("answer")).isVisible();
        page.waitForCondition(() -> ready().isVisible(), new Page.WaitForConditionOptions().setTimeout(90_000));
        var times =
                (List<?>) page.evaluate("() => { cancelAnimationFrame(raf_); const s = frames_.sort((a, b) => a - b);"
                        + " return [s[s.length >> 1], s[Math.floor(s.length * 0.95)], longest_].map(Math.round) }");
        System.out.printf(
                "%s: frame p50 %s ms, p95 %s ms, longest task %s ms%n",
                command, times.get(0), times.get(1), times.get(2));
    }

    @Test
    void aLongAnswerArrivesWhole() {
        stream("stream 200");
        int length = (int) page.evaluate("() => document.querySelector('.item-answer .md').textContent.length");
        assertThat(length).isGreaterThan(150_000);
        assertThat(page.locator(".item-answer .md-plain")).hasCount(0);
    }

    @Test
    void aLongAnswerWithoutABlankLineArrivesWhole() {
        stream("plain 100");
        int length = (int) page.evaluate("() => document.querySelector('.item-answer .md').textContent.trim().length");
        assertThat(length).isEqualTo("word ".repeat(20_500).strip().length());
    }
}
