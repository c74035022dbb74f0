package dev.execlaw.e2e;

import com.microsoft.playwright.Browser;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One product, one browser and one machine for a class; a window of its own for each test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BrowserScene {

    Product product;
    Api api;
    Chromium chromium;

    /** A session whose agent is idle when a test begins, and again when it ends. */
    String session;

    Window window;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(directory);
        api = product.api();
        session = api.createReady();
        chromium = new Chromium();
    }

    @BeforeEach
    void open() {
        window = chromium.login(product, options());
    }

    Browser.NewContextOptions options() {
        return Chromium.desktop();
    }

    @AfterEach
    void shut() {
        try {
            window.assertFaultless();
        } finally {
            window.close();
        }
    }

    @AfterAll
    void stop() throws InterruptedException {
        try (Product ending = product) {
            chromium.close();
        }
    }
}
