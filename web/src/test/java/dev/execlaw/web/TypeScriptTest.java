package dev.execlaw.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs the tests under src/test/ts, which the build bundles into one script. */
class TypeScriptTest extends BrowserTest {

    @TestFactory
    @SuppressWarnings("unchecked")
    Stream<DynamicTest> unitTests() {
        page.addScriptTag(
                new Page.AddScriptTagOptions().setPath(Path.of("target/test-classes/dev/execlaw/web/unit.js")));
        var results = (List<Map<String, String>>) page.evaluate("() => runUnitTests()");
        assertThat(results).hasSizeGreaterThan(15);
        return results.stream()
                .map(r -> DynamicTest.dynamicTest(
                        r.get("name"), () -> assertThat(r.get("error")).isNull()));
    }
}
