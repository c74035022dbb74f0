package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ReducedMotion;
import dev.execlaw.web.stub.StubServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A browser per class, a server and a window per test. After each test: no policy violation, no script error. */
abstract class BrowserTest {

    /** A twentieth of a start; who watches one holds it back ({@link StubServer#holdStarts}). */
    private static final long STEP_MILLIS = 5;

    private static final String WATCH_POLICY = """
            window.violations = [];
            document.addEventListener('securitypolicyviolation', e =>
              window.violations.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile + ':' + e.lineNumber));
            """;

    private static Playwright playwright;
    static Browser browser;

    StubServer stub;
    BrowserContext context;
    Page page;
    private final List<String> faults = new ArrayList<>();

    @BeforeAll
    static void launch() {
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        // Chromium refuses to put root into its sandbox.
        boolean root = "root".equals(System.getProperty("user.name"));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(chromium())
                        .setArgs(root ? List.of("--no-sandbox") : List.of()));
    }

    private static Path chromium() {
        return List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome").stream()
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("No Chromium in /usr/bin; install the package chromium"));
    }

    @AfterAll
    static void quit() {
        playwright.close();
    }

    @BeforeEach
    void open() throws Exception {
        stub = new StubServer(0, STEP_MILLIS);
        context = browser.newContext(options());
        page = newPage();
    }

    Browser.NewContextOptions options() {
        return new Browser.NewContextOptions()
                .setBaseURL(stub.uri().toString())
                .setViewportSize(1280, 800)
                .setReducedMotion(ReducedMotion.REDUCE)
                .setPermissions(List.of("clipboard-read", "clipboard-write"));
    }

    Page newPage() {
        Page made = context.newPage();
        made.addInitScript(WATCH_POLICY);
        made.setDefaultTimeout(15_000);
        made.onPageError(e -> faults.add(e));
        return made;
    }

    @AfterEach
    void shut() throws Exception {
        try {
            for (Page each : context.pages()) {
                Object violations = each.evaluate("() => window.violations ?? []");
                assertThat((List<?>) violations)
                        .as("violations of the content security policy")
                        .isEmpty();
            }
            assertThat(faults).as("errors that no code caught").isEmpty();
        } finally {
            context.close();
            stub.close();
        }
    }

    Locator composer() {
        return page.locator("textarea#composer");
    }

    /** Opens a session's page and waits until one could write. */
    void visit(String id) {
        page.navigate("/s/" + id);
        assertThat(composer()).isVisible();
    }

    void say(String text) {
        composer().fill(text);
        composer().press("Enter");
    }

    Locator items(String kind) {
        return page.locator(".item-" + kind);
    }

    Locator ready() {
        return page.locator("header.head").getByText("Ready");
    }

    Locator button(String name) {
        return page.getByLabel(name, new Page.GetByLabelOptions().setExact(true))
                .or(page.locator("button:text-is(\"" + name + "\")"))
                .first();
    }
}
