package dev.execlaw.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ToolTest {

    private static final List<Tool> TOOLS = List.of(
            new Tool("here", "a"), new Tool("gone", "b"), new Tool("not-executable", "c"), new Tool("gone-too", "b"));

    @Test
    void packagesOfMissingProgramsAreNamedOnce(@TempDir Path path, @TempDir Path system) throws IOException {
        assertThat(Files.createFile(system.resolve("here")).toFile().setExecutable(true))
                .isTrue();
        Files.createFile(path.resolve("not-executable"));
        assertThat(Tool.missingPackages(TOOLS, path.toString(), List.of(system.toString())))
                .containsExactly("b", "c");
    }
}
