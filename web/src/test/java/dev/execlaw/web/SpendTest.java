package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a session spends and may spend, and the model that it asks. */
class SpendTest extends BrowserTest {

    private Locator spent() {
        return page.locator("header.head .spent");
    }

    private Locator dialog() {
        return page.locator("dialog");
    }

    @Test
    void aTurnSaysWhatItCostAndTheHeadWhatAllDid() {
        visit(stub.running("Spender").id());
        assertThat(spent()).hasCount(0);
        say("spend 900");
        assertThat(page.locator(".turn-cost")).hasText("1.0k tokens, $0.0125");
        say("spend 1900");
        assertThat(page.locator(".turn-cost").nth(1)).hasText("2.0k tokens, $0.0125");
        assertThat(spent()).hasText("3.0k tokens, $0.0250");
        page.reload();
        assertThat(spent()).hasText("3.0k tokens, $0.0250");
    }

    @Test
    void aBudgetThatIsUsedUpIsRaisedAndTheTurnGoesOnWithOnePress() {
        var session = stub.running("Spender");
        session.limits(Map.of("tokens", 1000));
        visit(session.id());
        say("spend 700");
        assertThat(spent()).hasText("800 tokens, $0.0125 · 80 % of the budget");
        assertThat(spent()).hasClass(Pattern.compile("near"));
        say("spend 400");
        assertThat(spent()).containsText("100 % of the budget");
        say("spend 1");
        assertThat(items("budget")).containsText("Stopped: the budget of 1000 tokens is used up (1300 tokens).");
        assertThat(page.locator(".end-line").last()).containsText("Stopped for the budget.");
        button("Raise to 2.0k tokens and continue").click();
        assertThat(items("user").last()).containsText("Continue.");
        assertThat(items("answer").last()).containsText("I understand");
        assertThat(items("budget").getByRole(AriaRole.BUTTON)).hasCount(0);
        assertThat(page.getByText("Budgets and caps were changed.").last()).isVisible();
    }

    @Test
    void aBudgetThatIsNearlyUsedUpIsWarnedOf() {
        var session = stub.running("Spender");
        session.limits(Map.of("tokens", 1000));
        visit(session.id());
        say("spend 600");
        assertThat(spent()).hasText("700 tokens, $0.0125 · 70 % of the budget");
        assertThat(spent()).not().hasClass(Pattern.compile("near"));
        say("spend 50");
        assertThat(spent()).containsText("85 % of the budget");
        assertThat(spent()).hasClass(Pattern.compile("near"));
        session.event(
                "budget_warning",
                Map.of("budget", "tokens", "used", 850, "limit", 1000, "text", "850 of 1000 tokens are used."));
        assertThat(items("moment").last()).hasText("850 of 1000 tokens are used.");
        assertThat(items("budget")).hasCount(0);
    }

    @Test
    void whatAllSessionsSpentIsShownByDay() {
        visit(stub.running("Spender").id());
        button("Session menu").click();
        page.locator("[role=menuitem]", new Page.LocatorOptions().setHasText("Spend by day"))
                .click();
        assertThat(page).hasURL(Pattern.compile("/usage$"));
        assertThat(page).hasTitle("Spend by day - ExeClaw");
        assertThat(page.locator("tbody")).hasCount(2);
        assertThat(page.locator("tbody").first()).hasText(Pattern.compile("All days.*42.*1.2M in, 52.0k out.*\\$1.25"));
        var today = page.locator("tbody[data-day] tr");
        assertThat(today).hasCount(3);
        assertThat(today.nth(1)).containsText("demo-1 of demo");
        assertThat(today.nth(1)).containsText("1 call was counted by its text.");
        assertThat(today.nth(1)).containsText("$0.00");
        assertThat(today.nth(2)).containsText("z-ai/glm-5 of openrouter");
        assertThat(today.nth(2)).containsText("The price of 2 calls is not known.");
        assertThat(today.nth(2)).containsText("$1.25");
        page.getByLabel("Show").selectOption("92");
        assertThat(page.locator("tbody")).hasCount(3);
        assertThat(page.locator("tbody").last()).containsText("demo-2 of demo");
        page.goBack();
        page.locator(".tabs").getByText("Info").click();
        page.locator(".info").getByText("Spend by day").click();
        assertThat(page.locator("h1")).hasText("Spend by day");
    }

    @Test
    void limitsAreSetInADialog() {
        visit(stub.running("Spender").id());
        button("Session menu").click();
        page.locator("[role=menuitem]", new Page.LocatorOptions().setHasText("Budgets and caps"))
                .click();
        assertThat(dialog()).containsText("What may Spender spend?");
        dialog().getByLabel("Budget (US dollars)").fill("2.5");
        dialog().getByLabel("Model calls a minute").fill("10");
        dialog().locator("button.primary").click();
        assertThat(dialog()).hasCount(0);
        page.locator(".tabs").getByText("Info").click();
        assertThat(page.locator(".info")).containsText("$0.00 of $2.50");
        assertThat(page.locator(".info")).containsText("10 requests a minute");
        button("Change limits").click();
        assertThat(dialog().getByLabel("Budget (US dollars)")).hasValue("2.5");
        dialog().getByLabel("Budget (US dollars)").fill("");
        dialog().locator("button.primary").click();
        assertThat(page.locator(".info")).not().containsText("of $2.50");
    }

    @Test
    void anotherModelIsAskedWithinASession() {
        visit(stub.running("Switcher").id());
        page.locator("header.head .model").click();
        assertThat(dialog()).containsText("Which model should Switcher ask?");
        assertThat(dialog().getByLabel("API key")).hasCount(0);
        dialog().getByLabel("Provider").selectOption("openrouter");
        assertThat(dialog().getByLabel("Model", new Locator.GetByLabelOptions().setExact(true)))
                .hasValue("z-ai/glm-5");
        assertThat(dialog().getByLabel("API key")).isVisible();
        dialog().getByLabel("Model", new Locator.GetByLabelOptions().setExact(true))
                .fill("z-ai/glm-6");
        dialog().locator("button.primary").click();
        assertThat(page.locator("header.head .model")).hasText("z-ai/glm-6");
        assertThat(page.getByText("From here on z-ai/glm-6 of openrouter is asked."))
                .isVisible();
    }

    @Test
    void howTheModelIsAskedCanBeChanged() {
        String id = stub.running("Tuner").id();
        page.navigate("/s/" + id + "/info");
        page.getByLabel("Temperature").fill("0.3");
        page.getByLabel("Reasoning effort").selectOption("high");
        page.getByLabel("System prompt").fill("Be brief.");
        page.locator(".info form")
                .getByText("Apply", new Locator.GetByTextOptions().setExact(true))
                .last()
                .click();
        assertThat(page.getByText("Holds from the next model call on")).isVisible();
        page.reload();
        assertThat(page.getByLabel("Temperature")).hasValue("0.3");
        assertThat(page.getByLabel("Reasoning effort")).hasValue("high");
        assertThat(page.getByLabel("System prompt")).hasValue("Be brief.");
        page.locator(".tabs").getByText("Chat").click();
        assertThat(page.getByText("How the model is asked was changed.")).isVisible();
    }

    @Test
    void theStopButtonSaysThatItWasPressed() {
        visit(stub.running("Stopper").id());
        say("slow 600");
        assertThat(items("answer")).containsText("slow slow");
        button("Stop").click();
        assertThat(page.locator(".end-line")).containsText("Stopped by you.");
        assertThat(button("Stop")).hasCount(0);
    }
}
