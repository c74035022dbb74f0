package dev.execlaw.microvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.files.DirectoryTree;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageStoreTest {

    @TempDir
    Path data;

    private ImageStore store;

    @BeforeEach
    void open() {
        store = new ImageStore(data);
    }

    @Test
    void anEmptyStoreSaysHowToFillIt() throws Exception {
        assertThat(store.list()).isEmpty();
        assertThat(store.find("debian")).isEmpty();
        assertThatThrownBy(() -> store.require("debian")).hasMessageContaining("execlaw image build debian");
    }

    @Test
    void anImageIsReadOnlyAndFoundByRecipeAndId() throws Exception {
        Image image = publish("debian", "content");

        assertThat(image.id()).matches("[0-9a-f]{16}");
        assertThat(store.find("debian")).hasValue(image);
        assertThat(store.find(image.id().substring(0, 5))).hasValue(image);
        assertThat(store.withFingerprint("print of content")).hasValue(image);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(image.rootfs())))
                .isEqualTo("r--r--r--");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(image.directory())))
                .isEqualTo("r-xr-xr-x");
        assertThat(store.work()).isEmptyDirectory();
    }

    @Test
    void theSameContentIsTheSameImage() throws Exception {
        Image first = publish("debian", "content");
        Image second = publish("debian", "content");

        assertThat(second).isEqualTo(first);
        assertThat(store.list()).containsExactly(first);
    }

    @Test
    void theNewestOfARecipeIsFound() throws Exception {
        Image old = publish("debian", "old");
        Files.setLastModifiedTime(old.directory().resolve(Manifest.FILE), FileTime.fromMillis(1000));
        Image fresh = publish("debian", "new");

        assertThat(store.find("debian")).hasValue(fresh);
        assertThat(store.list()).containsExactly(fresh, old);
    }

    @Test
    void theOrderOutlivesACopyByHardLinks() throws Exception {
        Image old = publish("debian", "old");
        Files.setLastModifiedTime(old.directory().resolve(Manifest.FILE), FileTime.fromMillis(1000));
        Image fresh = publish("debian", "new");
        Path copy = Files.createDirectory(data.resolve("copy"));
        for (Image image : List.of(fresh, old)) {
            Path directory = Files.createDirectories(
                    copy.resolve("images").resolve(image.directory().getFileName()));
            try (Stream<Path> files = Files.list(image.directory())) {
                for (Path file : files.toList()) {
                    Files.createLink(directory.resolve(file.getFileName()), file);
                }
            }
            Files.setLastModifiedTime(directory, FileTime.fromMillis(image.equals(old) ? 5000 : 4000));
        }

        assertThat(new ImageStore(copy).find("debian").map(Image::id)).hasValue(fresh.id());
    }

    @Test
    void anOlderImageCanBeChosenAgain() throws Exception {
        Image old = publish("debian", "old");
        Files.setLastModifiedTime(old.directory().resolve(Manifest.FILE), FileTime.fromMillis(1000));
        publish("debian", "new");

        store.renew(old);

        assertThat(store.find("debian")).hasValue(old);
    }

    @Test
    void collectsWhatIsNeitherNewestNorInUse() throws Exception {
        Image used = publish("debian", "used");
        Image old = publish("debian", "old");
        Files.setLastModifiedTime(used.directory().resolve(Manifest.FILE), FileTime.fromMillis(1000));
        Files.setLastModifiedTime(old.directory().resolve(Manifest.FILE), FileTime.fromMillis(2000));
        Image fresh = publish("debian", "new");

        assertThat(store.collect(Set.of(used.id()))).containsExactly(old);
        assertThat(store.list()).containsExactly(fresh, used);
        assertThatThrownBy(() -> store.remove(used, Set.of(used.id()))).hasMessageContaining("in use");
        assertThat(store.work()).isEmptyDirectory();
    }

    @Test
    void aChangedImageIsCheckedAgainAndRefused() throws Exception {
        Image image = publish("debian", "content");
        assertThat(store.require("debian")).isEqualTo(image);
        Files.setPosixFilePermissions(image.rootfs(), PosixFilePermissions.fromString("rw-------"));
        try (RandomAccessFile file = new RandomAccessFile(image.rootfs().toFile(), "rw")) {
            file.write("damaged".getBytes(StandardCharsets.UTF_8));
        }

        assertThatThrownBy(() -> store.require("debian"))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("fails its check");
        Verification verification = store.verify(image);
        assertThat(verification.passed()).isFalse();
        assertThat(verification.checks())
                .filteredOn(check -> !check.passed())
                .extracting(Verification.Check::name)
                .contains("hash of rootfs.ext4", "kernel", "file system");
    }

    @Test
    void aHalfMadeDirectoryIsNoImage() throws Exception {
        Files.createDirectories(data.resolve("images/not-an-id"));
        Files.createDirectories(data.resolve("images/.hidden"));

        assertThat(store.list()).isEmpty();
    }

    private Image publish(String recipe, String content) throws Exception {
        Path work = store.workDirectory("build-");
        Path out = Files.createDirectory(work.resolve("out"));
        Files.writeString(out.resolve("kernel"), "kernel of " + content);
        Files.writeString(out.resolve("rootfs.ext4"), content);
        var files = new TreeMap<String, Manifest.Artefact>();
        for (String name : List.of("kernel", "rootfs.ext4")) {
            files.put(name, Manifest.Artefact.of(out.resolve(name)));
        }
        Manifest manifest = Manifest.of(
                recipe,
                "print of " + content,
                new TreeMap<>(Map.of("content", content)),
                new Image.Agent("reference", "1"),
                files,
                new TreeMap<>());
        Image image = store.publish(out, manifest);
        DirectoryTree.delete(work);
        assertThat(Manifest.read(image.directory())).isEqualTo(manifest);
        return image;
    }
}
