package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import org.junit.jupiter.api.Test;

/** Keys of providers: entered once, tried, removed; and what the form for a new session makes of them. */
class KeysTest extends BrowserTest {

    private static final String KEY = "sk-or-canary-0123456789ab12";

    private Locator field() {
        return page.getByLabel("New key for OpenRouter");
    }

    private Locator provider() {
        return page.locator("[data-provider=openrouter]");
    }

    private void enter(String key) {
        field().fill(key);
        field().press("Enter");
    }

    @Test
    void aKeyIsEnteredOnceTriedAndRemoved() {
        page.navigate("/host");
        page.getByText("API keys").click();
        assertThat(page.locator("[data-provider]")).hasCount(2);
        assertThat(provider()).containsText("No key");
        assertThat(button("Test the key of OpenRouter")).hasCount(0);
        enter(KEY);
        assertThat(provider().locator(".key-state")).containsText("Key ending in ab12, entered");
        assertThat(field()).hasValue("");
        assertThat(stub.key("openrouter")).isEqualTo(KEY);
        assertThat(page.content()).doesNotContain("canary");
        button("Test the key of OpenRouter").click();
        assertThat(provider()).containsText("The key works.");
        button("Remove the key of OpenRouter").click();
        assertThat(provider()).containsText("No key");
        assertThat(field()).isFocused();
        assertThat(stub.key("openrouter")).isNull();
    }

    @Test
    void whatIsRefusedIsSaid() {
        page.navigate("/keys");
        enter(" ");
        assertThat(provider().locator(".error-card")).containsText("key is empty");
        enter("sk-or-0123456789bad0");
        button("Test the key of OpenRouter").click();
        assertThat(provider()).containsText("The key is refused.");
        assertThat(provider()).containsText("no such key ***");
        assertThat(provider().locator(".error-card")).hasCount(0);
    }

    @Test
    void aSessionIsNotAskedForAKeyThatTheServerHas() {
        page.navigate("/new");
        page.locator("#provider").selectOption("openrouter");
        page.getByText("Enter it once for all sessions").click();
        enter(KEY);
        assertThat(provider()).containsText("ab12");
        page.navigate("/new");
        page.locator("#provider").selectOption("openrouter");
        assertThat(page.locator("#apiKey")).hasCount(0);
        assertThat(page.locator("form.form"))
                .containsText("The server has a key for OpenRouter; this session uses it.");
        button("Use another one").click();
        assertThat(page.locator("#apiKey")).isVisible();
        page.getByText("Launch").click();
        assertThat(page).hasURL(java.util.regex.Pattern.compile("/s/"));
    }

    @Test
    void aKeyInTheMachineIsWarnedOf() {
        page.navigate("/new");
        page.locator("summary").click();
        assertThat(page.locator("[name=keyMode]")).hasCount(0);
        page.locator("#provider").selectOption("openrouter");
        assertThat(page.locator("[name=keyMode][value=gateway]")).isChecked();
        page.getByLabel("In the machine", new Page.GetByLabelOptions().setExact(false))
                .check();
        assertThat(page.locator("fieldset").filter(new Locator.FilterOptions().setHasText("Where the key is")))
                .containsText("in every checkpoint and fork of it");
        assertThat(page.getByText("the text of the agent's console")).isVisible();
        page.locator("#apiKey").fill(KEY);
        page.getByText("Launch").click();
        assertThat(page).hasURL(java.util.regex.Pattern.compile("/s/"));
        assertThat(stub.session(stub.ids().getFirst()).keyMode()).isEqualTo("direct");
    }
}
