package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.cli.ScratchCheckout.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher does before Java runs. */
final class LauncherTest {

    @TempDir
    private Path directory;

    private ScratchCheckout checkout;
    private Path jdk;

    @BeforeEach
    void make() throws IOException {
        checkout = new ScratchCheckout(directory);
        ScratchCheckout.jdk(directory.resolve("jvm/jdk-17"), "17.0.1");
        jdk = ScratchCheckout.jdk(directory.resolve("jvm/jdk-25"), "25.0.2");
    }

    @Test
    void itTakesAJdkThatIsNewEnough() throws Exception {
        Outcome outcome = checkout.with(
                        "JAVA_HOME", directory.resolve("jvm/jdk-17").toString())
                .run("config", "show");
        assertThat(outcome.status()).as(outcome.errors()).isZero();
        assertThat(outcome.output()).startsWith(jdk + "/bin/java ").contains("dev.execlaw.cli.Main config show");
    }

    @Test
    void aGivenJdkComesFirst() throws Exception {
        Path given = ScratchCheckout.jdk(directory.resolve("mine"), "26");
        assertThat(checkout.with("JAVA_HOME", given.toString()).run("version").output())
                .startsWith(given + "/bin/java ");
    }

    @Test
    void itBuildsOnlyWhenTheSourcesHaveChanged() throws Exception {
        checkout.run("version");
        checkout.run("version");
        assertThat(checkout.mavenRuns()).isEqualTo(1);
        checkout.source("class A { int changed; }");
        checkout.run("version");
        assertThat(checkout.mavenRuns()).isEqualTo(2);
        Files.createDirectories(checkout.root().resolve("cli/src/test"));
        Files.writeString(checkout.root().resolve("cli/src/test/ATest.java"), "class ATest {}");
        checkout.run("version");
        assertThat(checkout.mavenRuns()).isEqualTo(2);
    }

    @Test
    void eachBuildHasItsOwnJarsAndItsOwnCacheOfClasses() throws Exception {
        String first = buildId(checkout.run("version").output());
        checkout.source("class A { int changed; }");
        String output = checkout.run("version").output();
        String second = buildId(output);
        assertThat(second).isNotEqualTo(first);
        assertThat(output)
                .contains("-XX:AOTCache=" + checkout.root() + "/cli/target/dist/" + second + "/classes-25.0.2+1.aot")
                .contains("/" + second + "/lib/a.jar")
                .doesNotContain(first);
        assertThat(checkout.root().resolve("cli/target/dist/" + first)).doesNotExist();
    }

    @Test
    void itWorksThroughASymbolicLink() throws Exception {
        Path link = Files.createSymbolicLink(
                directory.resolve("link"), checkout.root().resolve("execlaw"));
        Outcome outcome = ScratchCheckout.outcome(checkout.start(link, "version"));
        assertThat(outcome.status()).as(outcome.errors()).isZero();
        assertThat(outcome.output()).contains(checkout.root() + "/cli/target/dist/");
    }

    @Test
    void twoStartsAtOnceBuildOnce() throws Exception {
        Path launcher = checkout.root().resolve("execlaw");
        Process one = checkout.start(launcher, "version");
        Process two = checkout.start(launcher, "version");
        assertThat(ScratchCheckout.outcome(one).status()).isZero();
        assertThat(ScratchCheckout.outcome(two).status()).isZero();
        assertThat(checkout.mavenRuns()).isEqualTo(1);
    }

    @Test
    void insideMavenItRefusesToBuild() throws Exception {
        Outcome outcome = checkout.with("MAVEN_PROJECTBASEDIR", "/x").run("version");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.errors()).contains("run ./execlaw test").hasLineCount(1);
        assertThat(checkout.mavenRuns()).isZero();
    }

    @Test
    void aFailedBuildIsSaidAndLeavesNoBuild() throws Exception {
        Files.writeString(
                checkout.root().resolve("mvnw"), "#!/bin/sh\necho '[ERROR] A.java: no such symbol'\nexit 1\n");
        Outcome outcome = checkout.run("version");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.errors()).contains("no such symbol", "the build failed");
        assertThat(checkout.root().resolve("cli/target/dist/current")).doesNotExist();
    }

    private static String buildId(String output) {
        return output.replaceAll("(?s).*-Dexeclaw.build.id=([0-9a-f]{12}).*", "$1");
    }
}
