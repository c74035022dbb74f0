package dev.execlaw.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AccessTokenTest {

    @TempDir
    private Path directory;

    @Test
    void aTokenIsMadeOnceAndKeptPrivate() throws Exception {
        Path file = directory.resolve("token");
        AccessToken made = AccessToken.keptIn(file);
        assertThat(made.value()).hasSize(43);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(AccessToken.keptIn(file)).isEqualTo(made);
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
        assertThat(made.toString()).doesNotContain(made.value());
    }

    @Test
    void manyMakersAgree() throws Exception {
        Path file = directory.resolve("token");
        List<Callable<AccessToken>> makers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            makers.add(() -> AccessToken.keptIn(file));
        }
        Set<AccessToken> tokens = new HashSet<>();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var token : executor.invokeAll(makers)) {
                tokens.add(token.get());
            }
        }
        assertThat(tokens).hasSize(1);
    }

    @Test
    void anOpenOrBrokenFileIsRefused() throws Exception {
        Path file = directory.resolve("token");
        AccessToken.keptIn(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> AccessToken.keptIn(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("rw-r--r--")
                .hasMessageContaining("chmod 600");
        Path empty = directory.resolve("empty");
        Files.createFile(empty, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        assertThatThrownBy(() -> AccessToken.keptIn(empty))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("0 characters");
    }

    @Test
    void weakTokensAreRefused() {
        assertThatThrownBy(() -> new AccessToken("short"))
                .hasMessageContaining("5 characters")
                .hasMessageNotContaining("short ");
        assertThatThrownBy(() -> new AccessToken("with spaces in it, long"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
