package dev.execlaw.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** The files that the build makes. */
class BundleTest {

    private static final Path ROOT = Path.of("target/classes/dev/execlaw/web");
    private static final Path ASSETS = ROOT.resolve("assets");

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("index.html"));
    }

    @Test
    void aUsableChatWeighsNoMoreThan70KiB() throws IOException {
        long weight = Files.size(ROOT.resolve("index.html.gz"));
        int requests = 1;
        for (String link : references("(?:src|href)=\"(/assets/[^\"]+\\.(?:js|css))\"")) {
            weight += Files.size(ROOT.resolve(link.substring(1) + ".gz"));
            requests++;
            String code = Files.readString(ROOT.resolve(link.substring(1)));
            assertThat(code)
                    .as(link + " loads more by itself")
                    .doesNotContainPattern("from\\s*\"\\./|^import\\s*\"\\./");
        }
        System.out.printf("page weight: %.1f KiB gzipped in %d requests%n", weight / 1024.0, requests);
        assertThat(weight).isLessThanOrEqualTo(70 * 1024);
        assertThat(requests).isLessThanOrEqualTo(4);
    }

    /** What both need is in the main script only, and the page names it under the same address: it must not run twice. */
    @Test
    void laterPagesHaveTheMainScriptInCommon() throws IOException {
        String main = references("src=\"/assets/(chunk-[^\"]+\\.js)\"").getFirst();
        for (String name : List.of("pages", "reports", "asides")) {
            Path script = script(name);
            var imported = Pattern.compile("(?:from|import)\\s*\"\\./([^\"]+)\"")
                    .matcher(Files.readString(script))
                    .results()
                    .map(m -> m.group(1));
            assertThat(imported).as(name).isNotEmpty().containsOnly(main);
            assertThat(Files.size(ASSETS.resolve(script.getFileName() + ".gz")))
                    .as(name)
                    .isLessThanOrEqualTo(20 * 1024);
        }
    }

    private static Path script(String name) throws IOException {
        return files(ASSETS).stream()
                .filter(f -> f.getFileName().toString().matches(name + "-.*\\.js"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the bundle has no script " + name));
    }

    @Test
    void allOfItWeighsNoMoreThan260KiB() throws IOException {
        long weight = 0;
        for (Path file : files(ROOT)) {
            if (file.toString().endsWith(".gz") && !file.toString().contains("licenses")) {
                weight += Files.size(file);
            }
        }
        assertThat(weight).isLessThanOrEqualTo(260 * 1024);
    }

    @Test
    void thePageHasNothingInline() throws IOException {
        assertThat(page()).doesNotContain("<style").doesNotContain("style=").doesNotContainPattern("<script[^>]*>[^<]");
        assertThat(page()).doesNotContainPattern(" on[a-z]+=");
    }

    @Test
    void everyFileThatThePageNamesIsThere() throws IOException {
        List<String> named = references("\"(/assets/[^\"]+)\"");
        assertThat(named).hasSizeGreaterThanOrEqualTo(6);
        for (String link : named) {
            assertThat(ROOT.resolve(link.substring(1))).exists();
            assertThat(link).containsPattern("-[0-9A-Z]{8}\\.");
        }
    }

    @Test
    void gzipSiblingsHoldTheSame() throws IOException {
        List<Path> zipped =
                files(ROOT).stream().filter(f -> f.toString().endsWith(".gz")).toList();
        assertThat(zipped)
                .hasSameSizeAs(files(ROOT).stream()
                        .filter(f -> !f.toString().endsWith(".gz"))
                        .toList());
        for (Path gz : zipped) {
            String name = gz.getFileName().toString();
            try (var in = new GZIPInputStream(Files.newInputStream(gz))) {
                assertThat(in.readAllBytes())
                        .as(name)
                        .isEqualTo(Files.readAllBytes(gz.resolveSibling(name.substring(0, name.length() - 3))));
            }
        }
    }

    @Test
    void everyVendoredPackageIsLockedAndHasItsLicence() throws IOException {
        for (String line : Files.readAllLines(Path.of("vendor/vendor.lock"), UTF_8)) {
            assertThat(line).matches("\\S+ [0-9.]+ sha512-\\S{88}");
            String name = line.substring(0, line.indexOf(' '));
            String version = line.substring(name.length() + 1, line.lastIndexOf(' '));
            assertThat(Path.of("vendor", name, "LICENSE")).exists();
            assertThat(Files.readString(Path.of("vendor", name, "package.json")))
                    .contains("\"version\": \"" + version + "\"");
            assertThat(Files.readString(ASSETS.resolve("licenses.txt"))).contains("==== " + name + " ====");
        }
    }

    @Test
    void everyStringOfTheLanguageFileIsUsed() throws IOException {
        var code = new StringBuilder();
        for (Path file : files(Path.of("src/main/ts"))) {
            if (!file.toString().endsWith(".json")) {
                code.append(Files.readString(file));
            }
        }
        // Keys that are put together from a stem and a code of the server or a name of the route.
        var composed = Pattern.compile(
                "(error|end|step|doing|side|machine|agent|group|tab|theme|reason|limit|checkpoint\\.kind)\\..*|diff\\.(added|removed|modified|type|metadata)|model\\.from\\.(live|kept|documented|configured)|policy\\.(internet|allowlist|none).*|.*\\.(one|other)");
        var unused = Stream.of("en", "later", "reports", "asides")
                .flatMap(each -> keys(each + ".json"))
                .filter(k -> !composed.matcher(k).matches() && code.indexOf("'" + k + "'") < 0)
                .toList();
        assertThat(unused).isEmpty();
    }

    /** They come with the pages; the main script, which may run before those, must not name them. */
    @Test
    void theMainScriptNamesNoStringThatComesLater() throws IOException {
        String main = references("src=\"/assets/(chunk-[^\"]+\\.js)\"").getFirst();
        String code = Files.readString(ASSETS.resolve(main));
        for (String file : List.of("later.json", "reports.json", "asides.json")) {
            assertThat(keys(file).filter(k -> code.contains("\"" + k + "\""))).isEmpty();
            assertThat(keys(file))
                    .isNotEmpty()
                    .doesNotContainAnyElementsOf(keys("en.json").toList());
        }
    }

    /** Either may be there without the other. */
    @Test
    void pagesAndReportsNameNoStringOfEachOther() throws IOException {
        String pages = Files.readString(script("pages"));
        String reports = Files.readString(script("reports"));
        assertThat(keys("reports.json").filter(k -> pages.contains("\"" + k + "\"")))
                .isEmpty();
        assertThat(keys("later.json").filter(k -> reports.contains("\"" + k + "\"")))
                .isEmpty();
    }

    private static Stream<String> keys(String file) {
        return Pattern.compile("^ {2}\"([^\"]+)\":", Pattern.MULTILINE)
                .matcher(read(Path.of("src/main/ts/i18n", file)))
                .results()
                .map(k -> k.group(1));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> references(String pattern) throws IOException {
        return Pattern.compile(pattern)
                .matcher(page())
                .results()
                .map(m -> m.group(1))
                .toList();
    }
}
