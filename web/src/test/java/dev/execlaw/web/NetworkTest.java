package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import dev.execlaw.web.stub.StubSession;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** How a session's machine is isolated, what it may reach, and what went through. */
class NetworkTest extends BrowserTest {

    private final Deque<Route> held = new ArrayDeque<>();

    private Locator choice(String policy) {
        return page.locator("input[value=" + policy + "]");
    }

    private Locator fact(String name) {
        return page.locator(".facts div:has(dt:text-is(\"" + name + "\"))");
    }

    private StubSession info(StubSession session) {
        page.navigate("/s/" + session.id() + "/info");
        assertThat(page.locator(".network h2")).isVisible();
        return session;
    }

    /** Waits until this text is selected in the field that has the focus, which it gets after the page has changed. */
    private void awaitSelected(String text) {
        page.waitForFunction(
                "text => { const a = document.activeElement;"
                        + " return a.value !== undefined && a.value.slice(a.selectionStart, a.selectionEnd) === text; }",
                text);
    }

    /** Keeps every call for a session's network back, so that what a page shows stays until the next is let through. */
    private void hold() {
        page.route("**/network", held::add);
    }

    private void letOneThrough() {
        page.waitForCondition(() -> !held.isEmpty());
        held.remove().resume();
    }

    @Test
    void saysWhichIsolationHoldsAndWhatWentThrough() {
        var session = stub.running("Counted");
        session.count("sentBytes", 2_048).count("sentPackets", 1);
        hold();
        info(session);
        assertThat(fact("Isolation")).containsText("other machines, this host and private networks are out of reach");
        assertThat(fact("Connection")).containsText("Own network card");
        assertThat(fact("May reach")).containsText("The internet");
        assertThat(fact("Address")).containsText("10.200.0.2");
        assertThat(fact("Gateway")).containsText("10.200.0.1");
        letOneThrough();
        assertThat(fact("Sent")).containsText("2 KiB 1 packet");
        assertThat(fact("Held back")).containsText("nothing");
        session.count("receivedBytes", 3L << 30).count("receivedPackets", 2_400_000);
        session.count("droppedPackets", 17).count("droppedBytes", 1_020);
        letOneThrough();
        assertThat(fact("Received")).containsText("3.0 GiB 2,400,000 packets");
        assertThat(fact("Received")).containsText("/s now");
        assertThat(fact("Held back")).containsText("17 packets 1020 B 17 just now");
        assertThat(fact("Held back")).containsText("The machine tried to send these where it may not.");
        assertThat(page.locator("[role=status].offscreen")).hasText("17 packets of the machine were held back");
        letOneThrough();
        assertThat(fact("Held back")).not().containsText("just now");
        assertThat(fact("Held back")).containsText("17 packets");
    }

    @Test
    void aPolicyHoldsAtOnceAndTheTranscriptSaysSo() {
        var session = info(stub.running("Changed"));
        assertThat(choice("internet")).isChecked();
        assertThat(button("Apply")).isDisabled();
        choice("none").check();
        button("Apply").click();
        assertThat(fact("May reach")).containsText("Nothing");
        assertThat(button("Apply")).isDisabled();
        assertThat(choice("none")).isChecked();
        choice("allowlist").check();
        page.locator("#allow").fill("example.org\n*.example.net, 192.0.2.0/24\n");
        button("Apply").click();
        assertThat(fact("May reach")).containsText("Only what is listed");
        assertThat(page.locator("#allow")).hasValue("example.org\n*.example.net\n192.0.2.0/24");
        page.reload();
        assertThat(page.locator("#allow")).hasValue("example.org\n*.example.net\n192.0.2.0/24");
        visit(session.id());
        assertThat(items("network")).hasText(new String[] {
            "From here on the machine may reach nothing but its gateway.",
            "From here on the machine may reach only example.org, *.example.net, 192.0.2.0/24."
        });
    }

    @Test
    void aWrongEntryIsSelectedAndItsFaultSaid() {
        info(stub.running("Wrong"));
        choice("allowlist").check();
        page.locator("#allow").fill("example.org\n10.0.0.0/33\nexample.net");
        button("Apply").click();
        assertThat(page.locator("#allow-hint[role=alert]"))
                .hasText(Pattern.compile("^Line 2: \"10\\.0\\.0\\.0/33\" is neither a host's name"));
        assertThat(page.locator("#allow")).isFocused();
        assertThat(page.locator("#allow")).hasAttribute("aria-invalid", "true");
        awaitSelected("10.0.0.0/33");
        page.keyboard().type("10.0.0.0/8");
        assertThat(page.locator("#allow")).hasAttribute("aria-invalid", "false");
        button("Apply").click();
        assertThat(fact("May reach")).containsText("Only what is listed");
        assertThat(page.locator("#allow")).hasValue("example.org\n10.0.0.0/8\nexample.net");
    }

    @Test
    void whatAnotherWindowChangesIsSeenButDisturbsNobodyWhoWrites() {
        var session = info(stub.running("Shared"));
        session.policy("allowlist", List.of("example.org"));
        assertThat(choice("allowlist")).isChecked();
        assertThat(page.locator("#allow")).hasValue("example.org");
        page.locator("#allow").fill("example.org\nexample.com");
        session.policy("none", List.of());
        assertThat(fact("May reach")).containsText("Nothing");
        assertThat(page.locator("#allow")).hasValue("example.org\nexample.com");
        button("Discard changes").click();
        assertThat(choice("none")).isChecked();
        assertThat(page.locator("#allow")).hasCount(0);
    }

    @Test
    void whatIsWrittenWhileAChangeIsUnderWayStays() {
        info(stub.running("Hasty"));
        assertThat(page.locator(".counters")).isVisible();
        choice("allowlist").check();
        page.locator("#allow").fill("example.org");
        page.route("**/network", route -> {
            if (route.request().method().equals("PUT")) {
                held.add(route);
            } else {
                route.resume();
            }
        });
        button("Apply").click();
        page.locator("#allow").fill("example.org\nexample.com");
        letOneThrough();
        assertThat(fact("May reach")).containsText("Only what is listed");
        assertThat(button("Apply")).isEnabled();
        assertThat(page.locator("#allow")).hasValue("example.org\nexample.com");
    }

    @Test
    void aRefusalThatIsAboutNoEntryIsShownWhole() {
        info(stub.running("Refused"));
        page.route("**/network", route -> {
            if (route.request().method().equals("PUT")) {
                route.fulfill(
                        new Route.FulfillOptions()
                                .setStatus(409)
                                .setBody(
                                        "{\"code\":\"STATE_CONFLICT\",\"detail\":\"It is being stopped.\",\"next\":\"Wait.\"}"));
            } else {
                route.resume();
            }
        });
        choice("none").check();
        button("Apply").click();
        assertThat(page.locator(".network .error-card")).containsText("It is being stopped.");
        assertThat(choice("none")).isChecked();
        assertThat(fact("May reach")).containsText("The internet");
    }

    @Test
    void whereNothingCanBeChosenNothingIsOffered() {
        stub.userMode();
        info(stub.running("User mode"));
        assertThat(fact("Connection")).containsText("User mode: only its gateway");
        assertThat(fact("May reach")).containsText("Nothing");
        assertThat(page.locator(".policy, .counters")).hasCount(0);
        page.locator(".net-note a").click();
        assertThat(page.locator("h1")).hasText("About this server");
        assertThat(page.locator(".obstacles li")).hasCount(2);
        page.navigate("/new");
        page.locator("summary").click();
        assertThat(page.locator("form")).containsText("reaches its gateway, where the model answers, and nothing else");
        assertThat(page.locator(".policy")).hasCount(0);
    }

    @Test
    void withoutAMachineNothingIsCountedOrAsked() {
        var session = stub.running("Resting");
        info(session);
        assertThat(page.locator(".counters")).isVisible();
        button("Stop the machine").click();
        assertThat(page.locator(".network")).containsText("The machine gets its place in the network when it starts.");
        assertThat(page.locator(".counters")).hasCount(0);
        var asked = new ArrayList<String>();
        page.onRequest(r -> {
            if (r.url().endsWith("/network")) {
                asked.add(r.url());
            }
        });
        page.clock().install();
        page.reload();
        assertThat(page.locator(".network h2")).isVisible();
        page.clock().runFor(20_000);
        assertThat(asked).isEmpty();
    }

    @Test
    void nobodyIsAskedWhileTheWindowIsHidden() {
        page.clock().install();
        hold();
        info(stub.running("Hidden"));
        page.waitForCondition(() -> !held.isEmpty());
        show(page, false);
        letOneThrough();
        assertThat(page.locator(".counters")).isVisible();
        page.clock().runFor(20_000);
        assertThat(held).isEmpty();
        show(page, true);
        letOneThrough();
    }

    private static void show(Page of, boolean visible) {
        of.evaluate(
                "v => { Object.defineProperty(document, 'visibilityState', { value: v, configurable: true });"
                        + " document.dispatchEvent(new Event('visibilitychange')); }",
                visible ? "visible" : "hidden");
    }

    @Test
    void figuresThatGrowOldSaySo() {
        page.clock().install();
        info(stub.running("Stale"));
        assertThat(page.locator(".counters")).isVisible();
        page.route(
                "**/network",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setStatus(429)
                        .setBody("{\"code\":\"RATE_LIMIT\",\"detail\":\"Too many requests.\",\"next\":\"\"}")));
        assertThat(page.locator(".network")).containsText("These figures are not up to date: Too many requests.");
        assertThat(page.locator(".counters")).isVisible();
        page.unroute("**/network");
        page.clock().runFor(10_000);
        assertThat(page.locator(".network")).not().containsText("not up to date");
    }

    @Test
    void aNewSessionBeginsWithItsPolicy() {
        page.navigate("/new");
        page.locator("summary").click();
        assertThat(choice("internet")).isChecked();
        choice("allowlist").check();
        page.locator("#allow").fill("example.org\nnot-a-name");
        page.getByText("Launch").click();
        assertThat(page.locator("#allow-hint[role=alert]")).containsText("Line 2: \"not-a-name\" is neither");
        awaitSelected("not-a-name");
        assertThat(stub.ids()).isEmpty();
        page.keyboard().press("Backspace");
        page.getByText("Launch").click();
        assertThat(ready()).isVisible();
        page.getByText("Info").click();
        assertThat(page.locator("#allow")).hasValue("example.org");
        assertThat(fact("May reach")).containsText("Only what is listed");
    }

    @Test
    void theServersPageSaysHowMachinesRun() {
        page.navigate("/");
        page.locator(".version").click();
        assertThat(page).hasURL(Pattern.compile("/host$"));
        assertThat(page).hasTitle("About this server - ExeClaw");
        assertThat(fact("Isolation")).containsText("reach neither each other nor this host");
        assertThat(fact("Driver")).containsText("qemu");
        assertThat(fact("Accelerator")).containsText("tcg /dev/kvm opens but runs no guest");
        assertThat(fact("Network")).containsText("Own network card root, nftables 1.0.6");
        assertThat(fact("Addresses")).containsText("10.200.0.0/16");
        assertThat(fact("Not in force")).containsText("memory of machines is not limited");
        assertThat(page.locator(".obstacles")).hasCount(0);
        stub.userMode();
        page.reload();
        assertThat(page.locator(".obstacles")).containsText("nft is missing: install the package nftables.");
        assertThat(page.locator(".version")).containsText("2 warnings");
    }

    @Test
    void aPageThatDidNotComeIsFetchedAgain() {
        // What the browser would do by itself in a quiet moment.
        page.addInitScript("window.requestIdleCallback = undefined");
        page.route("**/assets/pages-*.js", Route::abort);
        page.navigate("/host");
        assertThat(page.locator(".error-card")).containsText("The server does not answer");
        page.unroute("**/assets/pages-*.js");
        button("Read again").click();
        assertThat(page.locator("h1")).hasText("About this server");
    }
}
