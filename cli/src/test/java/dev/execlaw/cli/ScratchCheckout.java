package dev.execlaw.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The real launcher in a small tree of its own. Its Maven is a script that counts its runs and makes one jar; its JDKs
 * are scripts that print how they were called.
 */
final class ScratchCheckout {

    private static final String MAVEN = """
            #!/bin/sh
            echo run >> "$(dirname "$0")/maven-runs"
            mkdir -p cli/target/lib
            cp cli/src/main/A.java cli/target/lib/a.jar
            """;
    private static final String JAVA = """
            #!/bin/sh
            for argument; do
              case $argument in -XX:AOTCacheOutput=*) : > "${argument#*=}" ;; esac
            done
            echo "$0 $*"
            """;

    private final Path root;
    private final Path home;
    private final Map<String, String> environment = new HashMap<>();

    ScratchCheckout(Path directory) throws IOException {
        this.root = Files.createDirectories(directory.resolve("checkout"));
        this.home = Files.createDirectories(directory.resolve("home"));
        Files.copy(Path.of(System.getProperty("execlaw.root"), "execlaw"), root.resolve("execlaw"));
        for (String part : List.of(".mvn", "guest", "microvm", "web", "server", "cli/src/main")) {
            Files.createDirectories(root.resolve(part));
        }
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        source("class A {}");
        script(root.resolve("mvnw"), MAVEN);
        environment.put("PATH", System.getenv("PATH"));
        environment.put("HOME", home.toString());
        environment.put("EXECLAW_JDK_FROM", "archive");
        environment.put("EXECLAW_JVM_DIR", directory.resolve("jvm").toString());
        environment.put("EXECLAW_ADOPTIUM_URL", "http://127.0.0.1:9");
    }

    Path root() {
        return root;
    }

    Path cache() {
        return home.resolve(".cache/execlaw");
    }

    ScratchCheckout with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    void source(String text) throws IOException {
        Files.writeString(root.resolve("cli/src/main/A.java"), text);
    }

    int mavenRuns() throws IOException {
        Path runs = root.resolve("maven-runs");
        return Files.exists(runs) ? Files.readAllLines(runs).size() : 0;
    }

    /** Makes a JDK of that version at {@code place} and returns it. */
    static Path jdk(Path place, String version) throws IOException {
        Files.createDirectories(place.resolve("bin"));
        script(place.resolve("bin/java"), JAVA);
        script(place.resolve("bin/javac"), "#!/bin/sh\n");
        Files.writeString(
                place.resolve("release"),
                "JAVA_VERSION=\"" + version + "\"\nJAVA_RUNTIME_VERSION=\"" + version + "+1\"\n");
        return place;
    }

    /** How a run of the launcher ended. */
    record Outcome(int status, String output, String errors) {}

    /** Starts the launcher from the root directory by {@code path}. */
    Process start(Path path, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(path.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(Path.of("/").toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    Outcome run(String... arguments) throws IOException, InterruptedException {
        return outcome(start(root.resolve("execlaw"), arguments));
    }

    static Outcome outcome(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        String errors = new String(process.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the launcher did not end within 60 s: " + errors);
        }
        return new Outcome(process.exitValue(), output, errors);
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        if (!file.toFile().setExecutable(true)) {
            throw new IOException(file + " cannot be made executable");
        }
    }
}
