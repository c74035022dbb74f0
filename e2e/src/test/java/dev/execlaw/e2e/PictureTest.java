package dev.execlaw.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Takes the README's picture of a real session, and with it every page in both themes and two widths:
 * {@code ./execlaw test e2e -Dtest=PictureTest -Dexeclaw.pictures=DIRECTORY}; then {@code chat-1280-light.png} is
 * {@code docs/images/ui.png}.
 */
@EnabledIfSystemProperty(named = "execlaw.pictures", matches = ".+")
final class PictureTest {

    private static final Path PICTURES = Path.of(System.getProperty("execlaw.pictures", ""));

    @Test
    void everyPage(@TempDir Path directory) throws IOException, InterruptedException {
        try (Product product = Product.start(directory);
                Chromium chromium = new Chromium()) {
            Api api = product.api();
            String stopped = named(api, "Build for arm64");
            api.turn(stopped, "write notes.md The build for arm64 needs a newer compiler.");
            api.post("/sessions/" + stopped + "/stop", api.object(), 202);
            String working = named(api, "Nightly report");
            String session = named(api, "Look around the machine");
            api.turn(session, "think about what this machine has");
            api.turn(session, "run uname -rm; nproc; free -m | head -2; df -h / | tail -1");
            api.send(working, "slow 2 600");
            for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
                for (int width : new int[] {1280, 390}) {
                    try (Window window = chromium.login(
                            product,
                            Chromium.desktop().setViewportSize(width, 800).setColorScheme(scheme))) {
                        takeAll(
                                window,
                                session,
                                "-" + width + "-" + scheme.name().toLowerCase(java.util.Locale.ROOT));
                    }
                }
            }
        }
    }

    private static String named(Api api, String name) {
        String id = api.post("/sessions", api.object().put("provider", "demo").put("name", name), 201)
                .path("id")
                .asString();
        api.awaitIdle(id);
        return id;
    }

    private static void takeAll(Window window, String session, String suffix) {
        Page page = window.page();
        assertThat(page.locator(".recent li")).hasCount(3);
        take(page, "home" + suffix);
        page.navigate("/new");
        page.locator("summary").click();
        take(page, "new" + suffix);
        window.visit(session);
        page.locator(".tool-head").last().click();
        assertThat(page.locator(".tool-body")).isVisible();
        page.locator(".transcript").press("End");
        take(page, "chat" + suffix);
        page.locator(".boot-box .think-head").first().click();
        page.locator(".transcript").press("Home");
        take(page, "boot" + suffix);
        page.navigate("/s/" + session + "/console");
        assertThat(page.locator(".xterm-rows")).containsText("exit code");
        take(page, "console" + suffix);
        page.navigate("/s/" + session + "/info");
        assertThat(page.locator(".facts")).isVisible();
        take(page, "info" + suffix);
    }

    private static void take(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")));
    }
}
