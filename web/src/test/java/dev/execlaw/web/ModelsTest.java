package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The models that a provider offers, where a session is made and where its model is switched. */
class ModelsTest extends BrowserTest {

    private static final String DOCUMENTED = "as documented on Nov 18, 2026";

    private Locator model() {
        return page.getByRole(
                AriaRole.COMBOBOX, new Page.GetByRoleOptions().setName("Model").setExact(true));
    }

    private Locator offers() {
        return page.getByRole(AriaRole.OPTION, new Page.GetByRoleOptions()).and(page.locator(".offers li"));
    }

    private Locator hint() {
        return page.locator("[id$=-hint][role=status]");
    }

    private void newSession(String provider) {
        page.navigate("/new");
        page.locator("#provider").selectOption(provider);
    }

    @Test
    void aListHasPricesAndContextAndSaysWhatIsFree() {
        newSession("openrouter");
        assertThat(model()).hasValue("z-ai/glm-5");
        assertThat(hint()).containsText("$0.60 in, $2.20 out per million tokens, 203k context");
        assertThat(hint()).containsText("304 models, as the provider says.");
        assertThat(model()).hasAttribute("aria-expanded", "false");
        model().click();
        assertThat(model()).hasAttribute("aria-expanded", "true");
        assertThat(offers()).hasCount(100);
        assertThat(offers().first()).containsText("Z.AI: GLM 5usualz-ai/glm-5");
        assertThat(page.getByRole(AriaRole.LISTBOX)).hasAccessibleName("Models of this provider");
        assertThat(offers().getByText("price not known, 2.0M context")).isVisible();
        model().fill("FREE");
        assertThat(offers()).hasCount(1);
        assertThat(hint()).hasText("1 model of that name.");
        assertThat(offers().first()).containsText("Arcee: Trinityfree");
        offers().first().click();
        assertThat(model()).hasValue("arcee-ai/trinity:free");
        assertThat(hint()).containsText("free, 131k context");
        assertThat(offers()).hasCount(0);
        page.locator("#apiKey").fill("sk-or-0123456789");
        page.getByText("Launch").click();
        assertThat(page.locator("header.head .model")).hasText("arcee-ai/trinity:free");
    }

    @Test
    void theKeyboardAloneFindsAndTakesOne() {
        newSession("openrouter");
        assertThat(model()).hasValue("z-ai/glm-5");
        model().focus();
        model().press("ControlOrMeta+a");
        page.keyboard().type("many 29");
        assertThat(hint()).hasText("13 models of that name.");
        model().press("ArrowDown");
        assertThat(model()).hasAttribute("aria-activedescendant", "model-0");
        assertThat(page.locator("#model-0")).hasAttribute("aria-selected", "true");
        model().press("ArrowUp");
        assertThat(page.locator("#model-12")).hasAttribute("aria-selected", "true");
        assertThat(page.locator("#model-12")).isInViewport();
        model().press("ArrowDown");
        model().press("ArrowDown");
        assertThat(page.locator("#model-1")).containsText("many/model-129");
        model().press("Enter");
        assertThat(model()).hasValue("many/model-129");
        assertThat(model()).isFocused();
        assertThat(offers()).hasCount(0);
        assertThat(page).hasURL(Pattern.compile("/new$"));
        model().press("ArrowDown");
        assertThat(offers().first()).containsText("many/model-129");
        model().press("Escape");
        assertThat(offers()).hasCount(0);
        assertThat(model()).hasValue("many/model-129");
        model().press("ArrowDown");
        model().press("Tab");
        assertThat(offers()).hasCount(0);
    }

    @Test
    void aNameThatIsInNoListIsTakenAsItIsWritten() {
        newSession("local");
        assertThat(hint()).hasText("This provider names no models; type the name of one.");
        assertThat(model()).hasValue("");
        newSession("openrouter");
        assertThat(model()).hasValue("z-ai/glm-5");
        model().fill("my/own-model");
        assertThat(hint()).hasText("“my/own-model” is not in the list; it is asked for as it is written.");
        assertThat(offers()).hasCount(0);
        page.locator("#apiKey").fill("sk-or-0123456789");
        model().press("Enter");
        assertThat(page.locator("header.head .model")).hasText("my/own-model");
    }

    @Test
    void whileTheListIsReadAndWhereItCannotBeANameIsTyped() {
        stub.holdModels();
        newSession("openrouter");
        assertThat(hint()).containsText("Reading the provider's list.");
        stub.modelsFrom("broken");
        stub.letModels();
        assertThat(hint()).containsText("The list cannot be read: The list of models is not there.");
        model().fill("typed/one");
        assertThat(model()).hasValue("typed/one");
        stub.modelsFrom("live");
        button("Read again").click();
        assertThat(model()).isFocused();
        assertThat(hint()).containsText("is not in the list");
        model().fill("glm");
        assertThat(offers()).hasCount(1);
    }

    @Test
    void aListThatMayBeOldSaysOfWhenItIs() {
        newSession("demo");
        assertThat(hint()).hasText(Pattern.compile("free ?2 models, as configured on this server."));
        stub.modelsFrom("documented");
        newSession("openrouter");
        assertThat(hint()).containsText("304 models, " + DOCUMENTED);
        stub.modelsFrom("kept");
        newSession("openrouter");
        assertThat(hint()).containsText("as the provider said on Nov 18, 2026");
        assertThat(hint()).containsText("it does not answer now.");
    }

    @Test
    void aModelIsSwitchedFromTheSameList() {
        visit(stub.running("Switcher").id());
        page.locator("header.head .model").click();
        var dialog = page.locator("dialog");
        assertThat(model()).hasValue("demo-1");
        model().press("ArrowDown");
        assertThat(offers()).hasCount(2);
        model().press("Escape");
        assertThat(offers()).hasCount(0);
        assertThat(dialog).isVisible();
        dialog.getByLabel("Provider").selectOption("openrouter");
        assertThat(hint()).containsText("304 models");
        model().fill("deepseek");
        assertThat(offers().first()).containsText("$0.27 in, $1.10 out per million tokens");
        offers().first().click();
        dialog.locator("button.primary").click();
        assertThat(dialog).hasCount(0);
        assertThat(page.locator("header.head .model")).hasText("deepseek/deepseek-v4");
        assertThat(page.getByText("From here on deepseek/deepseek-v4 of openrouter is asked."))
                .isVisible();
    }
}
