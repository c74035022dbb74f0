package dev.execlaw.bench;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a browser loads until a chat is usable: the page and the assets that it names, as sent (gzip). */
public final class PageWeightBench {

    private static final String ROOT = "/dev/execlaw/web/";
    private static final Pattern ASSET = Pattern.compile("(?:src|href)=\"/?(assets/[^\"]+\\.(?:js|css|svg))\"");

    private PageWeightBench() {}

    /**
     * Runs it.
     *
     * @param args not used
     */
    public static void main(String[] args) throws IOException {
        String page = new String(read("index.html"), java.nio.charset.StandardCharsets.UTF_8);
        Set<String> files = new LinkedHashSet<>();
        files.add("index.html");
        Matcher asset = ASSET.matcher(page);
        while (asset.find()) {
            files.add(asset.group(1));
        }
        Figures figures = new Figures("Page weight to a usable chat");
        int total = 0;
        for (String file : files) {
            int size = read(file + ".gz").length;
            total += size;
            figures.add(file, kib(size), "");
        }
        figures.add("all " + files.size() + " requests", kib(total), "<= 70 KiB")
                .print();
    }

    private static String kib(int bytes) {
        return String.format("%.1f KiB", bytes / 1024.0);
    }

    private static byte[] read(String file) throws IOException {
        try (InputStream in = Objects.requireNonNull(
                PageWeightBench.class.getResourceAsStream(ROOT + file),
                "no " + file + " in the user interface's jar")) {
            return in.readAllBytes();
        }
    }
}
