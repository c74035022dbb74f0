package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.config.DataDirectory;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.image.Manifest;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.store.Database;
import dev.execlaw.store.SessionRow;
import dev.execlaw.store.SessionTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** {@code execlaw image rm} and {@code gc}: what a session needs stays. */
final class ImageRemovalTest {

    @TempDir
    private Path directory;

    private DataDirectory data;
    private StringWriter out;
    private StringWriter err;

    @BeforeEach
    void create() throws IOException {
        data = new DataDirectory(directory);
        data.create();
    }

    @Test
    void anImageThatNobodyUsesIsRemoved() throws IOException {
        String id = image("debian", 1);
        assertThat(run("rm", id)).isZero();
        assertThat(out.toString()).isEqualTo("removed " + id + " debian\n");
        assertThat(images()).isEmpty();
        assertThat(data.work()).isEmptyDirectory();
    }

    @Test
    void anImageOfASessionIsRefusedWhateverItsDiskIs() throws IOException {
        String id = image("debian", 1);
        session("s1", id);
        assertThat(run("rm", "debian")).isEqualTo(1);
        assertThat(err.toString()).contains("image " + id + " is in use by sessions", "delete those first");
        assertThat(images()).containsExactly(id);
        try (Database database = Database.open(data.database())) {
            new SessionTable(database).delete("s1");
        }
        assertThat(run("rm", "debian")).isZero();
        assertThat(images()).isEmpty();
    }

    @Test
    void anImageUnderADiskIsRefused() throws IOException, InterruptedException {
        String id = image("debian", 1);
        Path disk = Files.createDirectories(data.machines().resolve("s1")).resolve("disk.qcow2");
        Path base = data.images().resolve(id).resolve("rootfs.ext4");
        Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", base.toString(), disk.toString())
                .runOrThrow();
        assertThat(run("rm", id)).isEqualTo(1);
        assertThat(err.toString()).contains("in use by sessions");
    }

    @Test
    void collectionKeepsTheNewestOfEachNameAndWhatIsUsed() throws IOException {
        String used = image("debian", 1);
        String old = image("debian", 2);
        String newest = image("debian", 3);
        String other = image("tools", 1);
        session("s1", used);
        assertThat(run("gc")).isZero();
        assertThat(out.toString()).isEqualTo("removed " + old + " debian\n");
        assertThat(images()).containsExactlyInAnyOrder(used, newest, other);
        assertThat(run("gc")).isZero();
        assertThat(out.toString()).isEmpty();
    }

    private int run(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("image"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data-dir", directory.toString()));
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    }

    private List<String> images() throws IOException {
        return new ImageStore(directory).list().stream().map(Image::id).toList();
    }

    /** An image as a build leaves it, but for its content. */
    private String image(String name, int age) throws IOException {
        Manifest manifest = new Manifest(
                1,
                name,
                "x86_64",
                name + age,
                new TreeMap<>(),
                new Image.Agent("reference", "1"),
                new TreeMap<>(),
                new TreeMap<>());
        Path place = Files.createDirectories(data.images().resolve(manifest.id()));
        Files.write(place.resolve("rootfs.ext4"), new byte[1 << 20]);
        Path file =
                Files.write(place.resolve(Manifest.FILE), JsonMapper.shared().writeValueAsBytes(manifest));
        Files.setLastModifiedTime(file, FileTime.fromMillis(age * 1000L));
        Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("r-xr-xr-x"));
        return manifest.id();
    }

    private void session(String id, String image) {
        try (Database database = Database.open(data.database())) {
            new SessionTable(database)
                    .insert(new SessionRow(id, 1, "{\"name\":\"n\",\"image\":\"" + image + "\"}", "{}", null));
        }
    }
}
