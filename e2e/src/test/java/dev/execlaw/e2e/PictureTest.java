package dev.execlaw.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes the README's picture of a real session, and with it every page in both themes and two widths:
 * {@code ./execlaw test e2e -Dtest=PictureTest -Dexeclaw.pictures=DIRECTORY}; then {@code chat-1280-light.png} is
 * {@code docs/images/ui.png}.
 */
@EnabledIfSystemProperty(named = "execlaw.pictures", matches = ".+")
final class PictureTest {

    private static final Path PICTURES = Path.of(System.getProperty("execlaw.pictures", ""));
    private static final List<Look> LOOKS = List.of(
            new Look(1280, ColorScheme.LIGHT),
            new Look(1280, ColorScheme.DARK),
            new Look(390, ColorScheme.LIGHT),
            new Look(390, ColorScheme.DARK));

    @Test
    void everyPage(@TempDir Path directory) throws IOException, InterruptedException {
        try (Product product = Product.instant(Product.dataDirectory(directory), "");
                Chromium chromium = new Chromium()) {
            Api api = product.api();
            api.awaitClones();
            String asleep = ready(api, "Build for arm64");
            api.turn(asleep, "write notes.md The build for arm64 needs a newer compiler.");
            api.post("/sessions/" + asleep + "/pause", api.object(), 200);
            String working = ready(api, "Nightly report");
            String session = ready(api, "Look around");
            api.turn(session, "think about what this machine has");
            long thought = saved(api, session);
            api.turn(session, "run rm -r /etc/apt && ls /etc | wc -l");
            saved(api, session);
            api.post("/sessions/" + session + "/rewind", api.object().put("seq", thought), 200);
            api.turn(session, "run uname -srm && df -h /");
            saved(api, session);
            JsonNode fork = api.post("/sessions/" + session + "/fork", api.object(), 201);
            api.awaitIdle(fork.path("sessions").path(0).path("id").asString());
            api.send(working, "slow 2 600");
            for (Look look : LOOKS) {
                try (Window window = chromium.login(product, look.of(Chromium.desktop()))) {
                    takeAll(window, session, look);
                }
            }
            try (Window window = chromium.login(product, Chromium.desktop())) {
                // No template has this shape, so it boots.
                ObjectNode begun = api.object()
                        .put("provider", "demo")
                        .put("name", "Just begun")
                        .put("vcpus", 1);
                takeStart(window, api.post("/sessions", begun, 201).path("id").asString());
            }
        }
    }

    /** A theme and a width. */
    private record Look(int width, ColorScheme scheme) {
        Browser.NewContextOptions of(Browser.NewContextOptions options) {
            return options.setViewportSize(width, 800).setColorScheme(scheme);
        }

        Path file(String name) {
            return PICTURES.resolve(name + "-" + width + "-" + scheme.name().toLowerCase(Locale.ROOT) + ".png");
        }
    }

    /** Position of the checkpoint that the last turn's end made. */
    private static long saved(Api api, String id) {
        long end = api.events(id, 0).stream()
                .filter(event -> Api.type(event).equals("turn_finished"))
                .mapToLong(event -> event.path("seq").asLong())
                .max()
                .orElseThrow();
        Wait.until(
                "the checkpoint of the turn that ended at " + end,
                Duration.ofSeconds(20),
                () -> api.events(id, end).stream()
                        .anyMatch(event -> Api.type(event).equals("checkpoint")
                                && event.path("payload").path("seq").asLong() == end));
        return end;
    }

    private static String named(Api api, String name) {
        return api.post("/sessions", api.object().put("provider", "demo").put("name", name), 201)
                .path("id")
                .asString();
    }

    private static String ready(Api api, String name) {
        String id = named(api, name);
        api.awaitIdle(id);
        return id;
    }

    private static void takeAll(Window window, String session, Look look) {
        Page page = window.page();
        assertThat(page.locator(".recent li")).hasCount(4);
        take(page, look, "home");
        page.navigate("/new");
        page.locator("summary").click();
        take(page, look, "new");
        window.visit(session);
        assertThat(window.answer()).isInViewport();
        window.items("user").last().hover();
        take(page, look, "chat");
        page.locator(".tool-head").last().click();
        assertThat(page.locator(".tool-body")).isVisible();
        take(page, look, "tool");
        page.locator(".boot-box .think-head").first().click();
        page.locator(".boot-box .step").first().scrollIntoViewIfNeeded();
        take(page, look, "boot");
        page.navigate("/s/" + session + "/console");
        assertThat(page.locator(".xterm-rows")).containsText("exit code");
        take(page, look, "console");
        page.navigate("/s/" + session + "/history");
        assertThat(page.locator(".checkpoints li").first()).isVisible();
        take(page, look, "history");
        page.navigate("/s/" + session + "/info");
        assertThat(page.locator(".facts").first()).isVisible();
        take(page, look, "info");
        window.button("Delete the session").click();
        assertThat(page.locator("dialog")).isVisible();
        take(page, look, "delete");
        if (look.width() < 1024) {
            page.navigate("/");
            window.button("Open session list").click();
            assertThat(page.locator(".sidebar")).isInViewport();
            take(page, look, "drawer");
        }
    }

    private static void takeStart(Window window, String session) {
        Page page = window.page();
        window.visit(session);
        assertThat(page.locator(".step.running")).containsText("Starting the system");
        for (Look look : LOOKS) {
            page.setViewportSize(look.width(), 800);
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(look.scheme()));
            take(page, look, "start");
        }
    }

    private static void take(Page page, Look look, String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(look.file(name)));
    }
}
