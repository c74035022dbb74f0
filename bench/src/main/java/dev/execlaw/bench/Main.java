package dev.execlaw.bench;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * {@code execlaw bench [NAME]}: runs one benchmark, or lists them. A benchmark is a class of this package whose name
 * ends in Bench; its {@code main} is given the launcher, a data directory that is kept between runs, and what follows
 * the name. {@code ColdCreateBench} is called {@code cold-create}.
 */
public final class Main {

    private static final String SUFFIX = "Bench";

    private Main() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory, name, and what the benchmark itself takes
     */
    public static void main(String[] args) throws IOException, URISyntaxException, ReflectiveOperationException {
        List<String> names = names();
        if (args.length < 3 || !names.contains(args[2])) {
            System.err.println((args.length < 3 ? "" : "there is no benchmark \"" + args[2] + "\"; ") + "benchmarks: "
                    + String.join(", ", names));
            System.exit(args.length < 3 ? 0 : 2);
        }
        Files.createDirectories(Path.of(args[1]));
        String[] own = Stream.concat(
                        Stream.of(args[0], args[1]), Arrays.stream(args).skip(3))
                .toArray(String[]::new);
        try {
            var _ = Class.forName(className(args[2]))
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) own);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("benchmark " + args[2] + " failed", e.getCause());
        }
    }

    private static List<String> names() throws IOException, URISyntaxException {
        URI classes =
                Main.class.getProtectionDomain().getCodeSource().getLocation().toURI();
        try (Stream<Path> files = Files.list(Path.of(classes).resolve("dev/execlaw/bench"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(SUFFIX + ".class"))
                    .map(file -> name(file.substring(0, file.length() - (SUFFIX + ".class").length())))
                    .sorted()
                    .toList();
        }
    }

    private static String name(String className) {
        return className.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    private static String className(String name) {
        StringBuilder className = new StringBuilder("dev.execlaw.bench.");
        for (String word : name.split("-", -1)) {
            className.append(Character.toUpperCase(word.charAt(0))).append(word, 1, word.length());
        }
        return className.append(SUFFIX).toString();
    }
}
