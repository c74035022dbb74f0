import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Bundles the user interface: {@code java Bundle.java ESBUILD WEB_DIR TARGET_DIR}. Writes
 * {@code classes/dev/execlaw/web/} (index.html, hashed assets, a gzip sibling of each) and, for the tests, the unit
 * tests of the TypeScript under {@code test-classes/}. Does nothing when no input changed since the last time.
 */
final class Bundle {

    private static final long DEADLINE_SECONDS = 60;

    private final String esbuild;
    private final Path web;
    private final Path target;
    private final Path out;

    private Bundle(String esbuild, Path web, Path target) {
        this.esbuild = esbuild;
        this.web = web;
        this.target = target;
        this.out = target.resolve("classes/dev/execlaw/web");
    }

    public static void main(String[] args) throws Exception {
        if (args.length != 3) {
            throw new IllegalArgumentException("usage: java Bundle.java ESBUILD WEB_DIR TARGET_DIR");
        }
        new Bundle(args[0], Path.of(args[1]), Path.of(args[2])).run();
    }

    private void run() throws Exception {
        Path stamp = target.resolve("web-inputs.sha256");
        String inputs = hashOfInputs();
        if (Files.exists(stamp) && Files.readString(stamp).equals(inputs) && Files.exists(out.resolve("index.html"))) {
            return;
        }
        Files.deleteIfExists(stamp);
        makeExecutable();
        deleteTree(out);
        Path assets = Files.createDirectories(out.resolve("assets"));
        Path ts = web.resolve("src/main/ts");
        esbuild(List.of(
                ts.resolve("main.tsx").toString(),
                web.resolve("src/main/css/main.css").toString(),
                web.resolve("src/main/css/later.css").toString(),
                web.resolve("src/main/css/terminal.css").toString(),
                web.resolve("src/main/html/favicon.svg").toString(),
                "--loader:.svg=copy",
                "--format=esm",
                "--splitting",
                "--entry-names=[name]-[hash]",
                "--chunk-names=[name]-[hash]",
                "--outdir=" + assets,
                "--jsx=automatic",
                "--jsx-import-source=preact"));
        esbuild(List.of(
                ts.resolve("theme.ts").toString(),
                ts.resolve("highlight.worker.ts").toString(),
                "--format=iife",
                "--entry-names=[name]-[hash]",
                "--outdir=" + assets));
        writeIndex(assets, mainScript(assets));
        writeLicenses(assets);
        gzipAll();
        Path tests = Files.createDirectories(target.resolve("test-classes/dev/execlaw/web"));
        esbuild(List.of(
                web.resolve("src/test/ts/all.ts").toString(),
                "--format=iife",
                "--jsx=automatic",
                "--jsx-import-source=preact",
                "--outfile=" + tests.resolve("unit.js")));
        Files.writeString(stamp, inputs);
    }

    /** Unpacking a webjar loses the mode of the binary. */
    private void makeExecutable() throws IOException {
        Path binary = Path.of(esbuild);
        if (binary.startsWith(target) && !binary.toFile().setExecutable(true)) {
            throw new IOException("Cannot make " + binary + " executable; is it there?");
        }
    }

    private void esbuild(List<String> arguments) throws Exception {
        var command = new ArrayList<String>(List.of(esbuild));
        command.addAll(arguments);
        command.addAll(List.of(
                "--bundle",
                // tsconfig.json maps packages to their types, which are no code.
                "--tsconfig-raw={\"compilerOptions\":{}}",
                "--minify",
                "--target=es2022",
                "--charset=utf8",
                "--legal-comments=none",
                "--log-level=warning",
                "--define:process.env.NODE_ENV=\"production\""));
        var builder = new ProcessBuilder(command).inheritIO().directory(web.toFile());
        builder.environment().put("NODE_PATH", web.resolve("vendor").toString());
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new IOException(
                    "Cannot run " + esbuild + "; where Maven Central has no esbuild for this machine, install the"
                            + " package esbuild, or pass -Desbuild=FILE",
                    e);
        }
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("esbuild did not end within " + DEADLINE_SECONDS + " s");
        }
        if (process.exitValue() != 0) {
            throw new IOException("esbuild ended with " + process.exitValue() + "; its messages are above");
        }
    }

    /**
     * The name of the script that a page begins with. The pages that come later import it, so esbuild puts it in a
     * chunk and leaves an entry that does nothing but import that; naming the chunk saves a request.
     */
    private static String mainScript(Path assets) throws IOException {
        Path entry = assets.resolve(hashed(assets, "main.js"));
        var chunk = Pattern.compile("import\"\\./(chunk-[0-9A-Z]{8}\\.js)\";\\s*").matcher(Files.readString(entry));
        if (!chunk.matches()) {
            throw new IOException("The main script is not one chunk: " + entry + "; does views/pages.ts import it?");
        }
        Files.delete(entry);
        return chunk.group(1);
    }

    /** Only what every page needs is named in the page; the rest is loaded by the code that needs it. */
    private void writeIndex(Path assets, String mainScript) throws IOException {
        String page = Files.readString(web.resolve("src/main/html/index.html"))
                .replace("{{main.js}}", "/assets/" + mainScript);
        for (String name : List.of("theme.js", "main.css", "later.css", "terminal.css", "highlight.worker.js", "favicon.svg")) {
            page = page.replace("{{" + name + "}}", "/assets/" + hashed(assets, name));
        }
        if (page.contains("{{")) {
            throw new IOException("index.html names an asset that the bundle does not have: " + page);
        }
        Files.writeString(out.resolve("index.html"), page);
    }

    private static String hashed(Path assets, String name) throws IOException {
        int dot = name.lastIndexOf('.');
        String start = name.substring(0, dot) + "-";
        String end = name.substring(dot);
        try (var files = Files.list(assets)) {
            var found = files.map(f -> f.getFileName().toString())
                    .filter(f -> f.startsWith(start)
                            && f.endsWith(end)
                            && f.length() == start.length() + 8 + end.length())
                    .toList();
            if (found.size() != 1) {
                throw new IOException("The bundle has " + found.size() + " files for " + name + ": " + found);
            }
            return found.getFirst();
        }
    }

    private void writeLicenses(Path assets) throws IOException {
        var text = new StringBuilder("The user interface of ExeClaw contains these works.\n");
        try (var files = Files.walk(web.resolve("vendor"))) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith("LICENSE"))
                    .sorted()
                    .toList()) {
                text.append("\n==== ")
                        .append(web.resolve("vendor").relativize(file).getParent())
                        .append(" ====\n\n")
                        .append(Files.readString(file));
            }
        }
        Files.writeString(assets.resolve("licenses.txt"), text);
    }

    private void gzipAll() throws IOException {
        try (var files = Files.walk(out)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                var bytes = new ByteArrayOutputStream();
                try (var gzip = new BestGzip(bytes)) {
                    Files.copy(file, gzip);
                }
                Files.write(file.resolveSibling(file.getFileName() + ".gz"), bytes.toByteArray());
            }
        }
    }

    private static final class BestGzip extends GZIPOutputStream {
        BestGzip(ByteArrayOutputStream to) throws IOException {
            super(to);
            def.setLevel(Deflater.BEST_COMPRESSION);
        }
    }

    private String hashOfInputs() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(esbuild.getBytes(StandardCharsets.UTF_8));
        for (String root : List.of("build", "vendor", "src/main", "src/test/ts")) {
            try (var files = Files.walk(web.resolve(root))) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    digest.update(web.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
                    digest.update((byte) 0);
                    digest.update(Files.readAllBytes(file));
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (var files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
