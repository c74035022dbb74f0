package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import org.junit.jupiter.api.Test;

/** The serial console under the content security policy. */
class ConsoleTest extends BrowserTest {

    private Locator rows() {
        return page.locator(".xterm-rows");
    }

    private void visitConsole(String id) {
        page.navigate("/s/" + id + "/console");
        assertThat(rows()).containsText("root@nullclaw:~#");
    }

    @Test
    void keysReachTheMachineOnlyWhenTheyMay() {
        visitConsole(stub.running("Test").id());
        page.locator(".xterm-helper-textarea").focus();
        page.keyboard().type("rm");
        button("Allow typing").click();
        page.keyboard().type("ls\r");
        assertThat(rows()).containsText("root@nullclaw:~# ls");
        assertThat(rows()).not().containsText("rm");
        page.keyboard().press("Control+Shift+L");
        assertThat(button("Lock typing")).isFocused();
    }

    @Test
    void itIsColouredInBothThemesThoughInlineStylesAreRefused() {
        var session = stub.running("Test");
        session.print("\r\n\u001b[31mred\u001b[0m plain\r\n");
        visitConsole(session.id());
        var red = page.locator(".xterm-rows span", new com.microsoft.playwright.Page.LocatorOptions().setHasText("red"))
                .first();
        Object light = red.evaluate("e => getComputedStyle(e).color");
        page.locator(".theme select").selectOption("dark");
        page.waitForCondition(() -> !light.equals(red.evaluate("e => getComputedStyle(e).color")));
        Object plain = page.locator(".xterm-screen").evaluate("e => getComputedStyle(e.closest('.xterm')).height");
        assertThat(plain).isNotEqualTo("0px");
    }

    @Test
    void aFloodStaysWithinTheCreditAndArrivesToItsEnd() {
        var session = stub.running("Test");
        visitConsole(session.id());
        long start = System.nanoTime();
        session.print(("0123456789abcdef".repeat(4) + "\r\n").repeat(100_000));
        session.print("END OF FLOOD\r\n");
        assertThat(rows()).containsText("END OF FLOOD", new LocatorAssertions.ContainsTextOptions().setTimeout(60_000));
        System.out.printf("console flood: 6.6 MB in %d ms%n", (System.nanoTime() - start) / 1_000_000);
        assertThat(stub.mostUnacknowledged()).isLessThanOrEqualTo(256 << 10);
    }

    @Test
    void aLostConnectionGoesOnWhereItWasWithoutRepeating() {
        var session = stub.running("Test");
        visitConsole(session.id());
        session.print("before\r\n");
        assertThat(rows()).containsText("before");
        stub.dropConsoles();
        session.print("after\r\n");
        assertThat(rows()).containsText("after");
        button("Copy all").click();
        var text = (String) page.evaluate("() => navigator.clipboard.readText()");
        assertThat(text.split("before", -1)).hasSize(2);
        assertThat(text.split("Linux version", -1)).hasSize(2);
    }

    @Test
    void beforeTheKernelItSaysWhatWillCome() {
        String id = stub.failing("admit");
        page.navigate("/s/" + id + "/console");
        assertThat(page.getByText("The serial console starts with the kernel.")).isVisible();
    }
}
