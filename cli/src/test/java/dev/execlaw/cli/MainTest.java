package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MainTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void anErrorIsOneLineWithWhatAndWhatToDoAndStatusOne(@TempDir Path directory) throws IOException {
        Path config = Files.writeString(directory.resolve("c.toml"), "[server]\nlistn = \"a:1\"\n");
        assertThat(run("up", "--config", config.toString())).isEqualTo(1);
        assertThat(err.toString().strip().lines())
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .startsWith("execlaw: unknown key \"server.listn\" in " + config + ", line 2 -- do: ")
                        .contains("\"listen\""));
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aRefusedStartMakesNothing(@TempDir Path directory) {
        Path data = directory.resolve("data");
        assertThat(run("up", "--data-dir", data.toString(), "--listen", "no-such-host.invalid:80"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("no-such-host.invalid").doesNotContain("\tat ");
        assertThat(data).doesNotExist();
    }

    @Test
    void whatIsNotUnderstoodIsStatusTwo() {
        assertThat(run("fly")).isEqualTo(2);
        assertThat(run("up", "--colour")).isEqualTo(2);
    }

    @Test
    void configShowPrintsAValidFile(@TempDir Path directory) throws IOException {
        assertThat(run("config", "show", "--data-dir", directory.toString())).isZero();
        Path again = Files.writeString(directory.resolve("again.toml"), out.toString());
        StringWriter first = new StringWriter();
        first.append(out.toString());
        out.getBuffer().setLength(0);
        assertThat(run("config", "show", "--config", again.toString())).isZero();
        assertThat(out.toString()).isEqualTo(first.toString());
    }

    @Test
    void versionNamesTheBuild() {
        assertThat(run("version")).isZero();
        assertThat(out.toString()).contains("execlaw " + BuildId.current());
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }
}
