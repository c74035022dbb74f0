package dev.execlaw.microvm.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssetLockTest {

    private static final String HASH = "0123456789abcdef".repeat(4);

    @TempDir
    Path dir;

    @Test
    void whatShipsPinsEveryAssetForBothArchitectures() {
        AssetLock shipped = AssetLock.shipped();
        for (AssetName name : AssetName.values()) {
            for (Architecture architecture : Architecture.values()) {
                assertThat(shipped.find(name, architecture))
                        .as(name + " " + architecture)
                        .isPresent();
            }
        }
    }

    @Test
    void comesBackAsItWasWritten() throws IOException {
        AssetLock lock = AssetLock.shipped()
                .with(new LockedAsset(
                        AssetName.KERNEL,
                        Architecture.X86_64,
                        "6.1.155",
                        "v1.15",
                        "firecracker-ci/x/vmlinux",
                        39,
                        HASH));
        Path file = dir.resolve("data/assets.lock");
        lock.write(file);
        lock.write(file);
        assertThat(AssetLock.read(file)).isEqualTo(lock);
        assertThat(AssetLock.readOrShipped(file)).isEqualTo(lock);
        assertThat(AssetLock.readOrShipped(dir.resolve("none"))).isEqualTo(AssetLock.shipped());
        try (Stream<Path> left = Files.list(dir.resolve("data"))) {
            assertThat(left).hasSize(1);
        }
    }

    @Test
    void aMissingFileSaysHowToMakeOne() {
        assertThatThrownBy(() -> AssetLock.read(dir.resolve("none")))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("execlaw image lock");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[[asset]]\nsource = \"kernel\"\n",
                "[[asset]]\nsource = \"colonel\"\narchitecture = \"x86_64\"\nversion = \"1\"",
                "[[asset]]\nsource = \"nullclaw\"\narchitecture = \"sparc\"\nversion = \"1\"",
                "[[asset]]\nsource = \"nullclaw\"\narchitecture = \"x86_64\"\nversion = \"1\"\nsha265 = \"typo\"",
                "[[asset]]\nsource = \"nullclaw\"\narchitecture = \"x86_64\"\nversion = \"1\"\nsize = 3",
                "[[asset]]\nsource = \"nullclaw\"\narchitecture = \"x86_64\"\nversion = \"../1\"",
                "[[asset]]\nsource = \"kernel\"\narchitecture = \"x86_64\"\nversion = \"1\"",
                "[[asset]]\nsource = \"nullclaw\"\narchitecture = \"x86_64\"\nversion = \"1\"\n"
                        + "[[asset]]\nsource = \"nullclaw\"\narchitecture = \"x86_64\"\nversion = \"2\"",
                "not toml at all"
            })
    void refusesWhatItDoesNotUnderstand(String toml) throws IOException {
        Path file = Files.writeString(dir.resolve("assets.lock"), toml);
        assertThatThrownBy(() -> AssetLock.read(file))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("Mend it");
    }

    @Test
    void pathsCannotLeadOut() {
        for (String path : List.of("../x", "/etc/passwd", "a/../b", "a//b", "a b", "a\"b")) {
            assertThatThrownBy(() -> new LockedAsset(AssetName.NULLCLAW, Architecture.X86_64, "v1", "", path, 1, HASH))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(path);
        }
    }
}
