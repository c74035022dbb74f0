package dev.execlaw.e2e;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ReducedMotion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The system's Chromium without a screen. Used by one thread, as Playwright wants it. */
final class Chromium implements AutoCloseable {

    private static final List<Path> PROGRAMS = List.of(
            Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"), Path.of("/usr/bin/google-chrome"));

    /** A machine without hardware acceleration that shares its cores takes a while for everything. */
    private static final double PATIENCE_MS = 60_000;

    private final Playwright playwright;
    private final Browser browser;

    Chromium() {
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        // Chromium refuses to put root into its sandbox.
        boolean root = "root".equals(System.getProperty("user.name"));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(program())
                        .setArgs(root ? List.of("--no-sandbox") : List.of()));
    }

    /** What a window is like unless a test wants another. */
    static Browser.NewContextOptions desktop() {
        return new Browser.NewContextOptions().setViewportSize(1280, 800).setReducedMotion(ReducedMotion.REDUCE);
    }

    /** A new window in a profile of its own, logged in by the URL that the product printed. */
    Window login(Product product, Browser.NewContextOptions options) {
        Window window =
                new Window(browser.newContext(options.setBaseURL(product.base().toString())), PATIENCE_MS);
        window.page().navigate(product.loginUrl());
        return window;
    }

    @Override
    public void close() {
        playwright.close();
    }

    private static Path program() {
        return PROGRAMS.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException("no Chromium at " + PROGRAMS + "; run ./execlaw setup --tests"));
    }
}
