package dev.execlaw.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A double of the first ExeClaw's page works on this server, in a browser, with a real machine. */
final class OriginalPageTest {

    private static final String PAGE = "/first-page";

    @Test
    void aSessionFromLaunchToEnd(@TempDir Path directory) throws Exception {
        BlockingQueue<String> mails = new LinkedBlockingQueue<>();
        HttpServer mail = mailGateway(mails);
        String config =
                "[email]\nvia = \"exedev\"\nrecipients = [\"me@example.org\"]\ngateway_url = \"http://127.0.0.1:"
                        + mail.getAddress().getPort() + "/send\"\n";
        try (Product product = Product.start(Product.dataDirectory(directory), config);
                Chromium chromium = new Chromium();
                Window window = chromium.login(product, Chromium.desktop())) {
            Page page = window.page();
            page.route("**" + PAGE, OriginalPageTest::serve);
            page.navigate(PAGE);
            assertThat(page.locator("#health")).hasText("ok");
            assertThat(page.locator("#gauge")).hasText(Pattern.compile("[1-9]\\d?%|100%"));
            assertThat(page.locator("#user")).hasText("false");
            page.locator("#provider").selectOption("demo");
            assertThat(page.locator("#model")).hasValue("demo");
            page.locator("#key").fill("sk-none");
            page.locator("#launch").click();
            assertThat(page.locator("#state")).hasText("active");

            say(page, "run seq 3; echo '- [x] a[0]'");
            assertThat(page.locator(".tool.completed")).containsText("1\n2\n3\n- [x] a[0]");
            assertThat(page.locator("#agent")).hasText("idle");
            say(page, "run exit 3");
            assertThat(page.locator(".tool.failed")).hasCount(1);
            assertThat(page.locator("#agent")).hasText("idle");
            assertThat(page.locator(".user")).hasCount(2);
            String chat = page.locator("#chat").innerText();

            page.reload();
            assertThat(page.locator(".tool.failed")).hasCount(1);
            assertThat(page.locator("#agent")).hasText("idle");
            assertThat(page.locator("#chat").innerText())
                    .as("who comes late sees the same")
                    .isEqualTo(chat);

            email(page, "x@evil.example");
            assertThat(page.locator("#toast")).containsText("is not allowed");
            assertThat(mails).isEmpty();
            email(page, "me@example.org");
            assertThat(page.locator("#toast")).containsText("Email Sent");
            assertThat(Objects.requireNonNull(mails.poll(20, TimeUnit.SECONDS)))
                    .contains("\"to\":\"me@example.org\"", "WebClaw Session: Session 1", "- [x] a[0]");

            page.locator("#kill").click();
            assertThat(page.locator("#end")).hasText("Session deleted");
            window.expectFaults("403");
            window.assertFaultless();
        } finally {
            mail.stop(0);
        }
    }

    private static void say(Page page, String text) {
        page.locator("#input").fill(text);
        page.locator("#send").click();
    }

    private static void email(Page page, String to) {
        page.locator("#to").fill(to);
        page.locator("#email").click();
    }

    private static void serve(Route route) {
        try (InputStream in =
                Objects.requireNonNull(OriginalPageTest.class.getResourceAsStream("original-page.html"))) {
            route.fulfill(new Route.FulfillOptions()
                    .setContentType("text/html")
                    .setBody(new String(in.readAllBytes(), UTF_8)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Takes mail as the gateway of an exe.dev machine is described to. */
    private static HttpServer mailGateway(BlockingQueue<String> mails) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        server.createContext("/send", exchange -> {
            mails.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            byte[] answer = "{\"success\":true}".getBytes(UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        return server;
    }
}
