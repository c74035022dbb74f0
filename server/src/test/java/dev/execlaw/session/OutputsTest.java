package dev.execlaw.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputsTest {

    @TempDir
    Path directory;

    private String found(Outputs outputs, String call) throws Exception {
        return outputs.find(call).map(bytes -> new String(bytes, UTF_8)).orElse("none");
    }

    @Test
    void keepsWhatItIsGivenForItsOwnerAlone() throws Exception {
        Outputs outputs = new Outputs(directory.resolve("outputs"), 1000);
        assertThat(found(outputs, "c-t1")).isEqualTo("none");
        outputs.keep("c-t1", "🦞\u0000x");
        assertThat(found(outputs, "c-t1")).isEqualTo("🦞\u0000x");
        assertThat(Files.getPosixFilePermissions(directory.resolve("outputs")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        try (var files = Files.list(directory.resolve("outputs"))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void theOldestGoWhenAllTogetherAreTooMuch() throws Exception {
        Outputs outputs = new Outputs(directory, 1000);
        for (int i = 1; i <= 3; i++) {
            outputs.keep("c-t" + i, "x".repeat(400));
            Files.setLastModifiedTime(directory.resolve("c-t" + i), FileTime.fromMillis(i * 1000L));
        }
        outputs.keep("c-t4", "y".repeat(300));
        assertThat(found(outputs, "c-t1")).isEqualTo("none");
        assertThat(found(outputs, "c-t2")).isEqualTo("none");
        assertThat(found(outputs, "c-t3")).hasSize(400);
        assertThat(found(outputs, "c-t4")).hasSize(300);
    }

    @Test
    void anIdLeadsNowhereElse() throws Exception {
        Outputs outputs = new Outputs(directory.resolve("outputs"), 1000);
        Files.writeString(directory.resolve("secret"), "s");
        assertThat(outputs.find("../secret")).isEmpty();
        assertThat(outputs.find("")).isEmpty();
        assertThatThrownBy(() -> outputs.keep("../other", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThat(directory.resolve("other")).doesNotExist();
    }

    @Test
    void aDiskThatTakesNothingIsNobodysFailure() throws Exception {
        Files.writeString(directory.resolve("outputs"), "a file where the directory should be");
        Outputs outputs = new Outputs(directory.resolve("outputs"), 1000);
        outputs.keep("c-t1", "x");
        assertThatThrownBy(() -> outputs.find("c-t1")).isInstanceOf(java.io.IOException.class);
    }
}
