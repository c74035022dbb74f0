package dev.execlaw.microvm.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.SavedState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateStoreTest {

    private static final TemplateKey KEY = new TemplateKey("0123456789abcdef", 2, 1024, "tap", "agent\n", "qemu 7.2");
    private static final TemplateKey OTHER = new TemplateKey("0123456789abcdef", 2, 2048, "tap", "agent\n", "qemu 7.2");
    private static final int MEMORY = 1 << 20;

    @TempDir
    Path data;

    private TemplateStore store;

    @BeforeEach
    void open() {
        store = new TemplateStore(data);
    }

    @Test
    void anEmptyStoreHasNothingAndMakesNothing() throws Exception {
        assertThat(store.list()).isEmpty();
        assertThat(store.find(KEY)).isEmpty();
        assertThat(store.collect(_ -> true, _ -> false)).isEmpty();
        assertThat(data).isEmptyDirectory();
    }

    @Test
    void aTemplateIsReadOnlyAndFoundByItsKeyAlone() throws Exception {
        Template template = publish(KEY, 1);

        assertThat(store.find(KEY)).hasValue(template);
        assertThat(store.find(OTHER)).isEmpty();
        assertThat(store.named(template.name().substring(0, 5))).hasValue(template);
        assertThat(template.name()).startsWith(KEY.id() + "-");
        assertThat(template.state()).isEqualTo(new SavedState(template.directory(), null));
        assertThat(mode(template.directory())).isEqualTo("r-xr-xr-x");
        for (Path file : files(template.directory())) {
            assertThat(mode(file)).as(file.toString()).isEqualTo("r--r--r--");
        }
        assertThat(store.verify(template)).isEmpty();
        assertThat(store.leftovers()).isEmpty();
    }

    @Test
    void aSecondBuildOfAKeyIsAnotherTemplateAndTheNewestIsTaken() throws Exception {
        Template older = publish(KEY, 1);
        Template newer = publish(KEY, 2);

        assertThat(newer.name()).isNotEqualTo(older.name());
        assertThat(store.find(KEY)).hasValue(newer);
        assertThat(store.list()).containsExactly(newer, older);
        assertThatThrownBy(() -> store.named(KEY.id())).hasMessageContaining("beginning of 2 templates");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "memory", "devices", "disk.qcow2"})
    void whatABuildLeavesBeforeItsEndDoesNotCount(String last) throws Exception {
        Path made = Files.createDirectory(store.workDirectory().resolve("made"));
        for (String file : List.of("memory", "devices", "disk.qcow2")) {
            if (last.isEmpty()) {
                break;
            }
            Files.write(made.resolve(file), new byte[100]);
            if (file.equals(last)) {
                break;
            }
        }

        assertThat(store.list()).isEmpty();
        assertThat(store.find(KEY)).isEmpty();
        assertThat(store.leftovers()).containsExactly(made.getParent());
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "devices", "disk.qcow2"})
    void oneThatLostAFileOrTheEndOfItIsNotFound(String file) throws Exception {
        Template torn = publish(KEY, 1);
        try (RandomAccessFile opened =
                new RandomAccessFile(torn.directory().resolve(file).toFile(), "rw")) {
            opened.setLength(opened.length() - 1);
        }
        assertThat(store.find(KEY)).isEmpty();
        assertThat(store.verify(torn)).get().asString().contains(file).contains("bytes");
        assertThat(store.damage(torn)).isPresent();

        Template missing = publish(KEY, 2);
        delete(missing, file);
        assertThat(store.find(KEY)).isEmpty();
        assertThat(store.verify(missing)).get().asString().contains(file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"devices", "disk.qcow2"})
    void oneWithAChangedByteIsFoundOutByItsHashAndThenNoMoreFound(String file) throws Exception {
        Template older = publish(KEY, 1);
        Template changed = publish(KEY, 2);
        try (RandomAccessFile opened =
                new RandomAccessFile(changed.directory().resolve(file).toFile(), "rw")) {
            opened.seek(50);
            opened.write(opened.read() + 1);
        }

        assertThat(store.find(KEY)).hasValue(changed);
        assertThat(store.verify(changed)).get().asString().contains(file).contains("hash");
        assertThat(store.find(KEY)).hasValue(older);
        assertThat(store.collect(_ -> true, _ -> false)).containsExactly(changed.name());
        assertThat(store.list()).containsExactly(older);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"schema\":2}", "{\"schema\":1}", "[]", "null"})
    void oneWithoutAReadableManifestDoesNotCountAndIsCollected(String text) throws Exception {
        Template broken = publish(KEY, 1);
        Path manifest = broken.directory().resolve("manifest.json");
        Files.setPosixFilePermissions(manifest, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(manifest, text);

        assertThat(store.list()).isEmpty();
        assertThat(store.find(KEY)).isEmpty();
        assertThat(store.verify(broken)).isPresent();
        assertThat(store.collect(_ -> true, _ -> false)).containsExactly(broken.name());
        assertThat(broken.directory()).doesNotExist();
    }

    @Test
    void oneInUseIsNeitherRemovedNorCollected() throws Exception {
        Template template = publish(KEY, 1);

        assertThatThrownBy(() -> store.remove(template, _ -> true))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining(template.name())
                .hasMessageContaining("delete those first");
        assertThat(store.collect(_ -> false, _ -> true)).isEmpty();
        assertThat(store.find(KEY)).hasValue(template);
        store.remove(template, _ -> false);
        assertThat(store.list()).isEmpty();
        assertThat(store.isThere(template)).isFalse();
    }

    @Test
    void oneThatIsTakenIntoUseWhileItIsRemovedComesBack() throws Exception {
        Template template = publish(KEY, 1);
        AtomicInteger asked = new AtomicInteger();
        List<Boolean> there = new ArrayList<>();

        Predicate<Template> takenBetween = seen -> {
            there.add(store.isThere(seen));
            return asked.incrementAndGet() > 1;
        };
        assertThatThrownBy(() -> store.remove(template, takenBetween)).hasMessageContaining("in use");

        assertThat(there).containsExactly(true, false);
        assertThat(store.find(KEY)).hasValue(template);
        assertThat(mode(template.directory())).isEqualTo("r-xr-xr-x");
        assertThat(files(data.resolve("templates"))).containsExactly(template.directory());
    }

    @Test
    void collectingKeepsTheNewestOfEachKeyThatFits() throws Exception {
        Template older = publish(KEY, 1);
        Template newer = publish(KEY, 2);
        Template unfit = publish(OTHER, 3);

        assertThat(store.collect(KEY::equals, _ -> false)).containsExactlyInAnyOrder(older.name(), unfit.name());
        assertThat(store.list()).containsExactly(newer);
    }

    @Test
    void removalsThatWereCutShortLongAgoAreLeftovers() throws Exception {
        store.makeDirectory();
        Path old = Files.createDirectory(data.resolve("templates/.gone-0000000a"));
        Files.createDirectory(data.resolve("templates/.gone-0000000b"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));

        assertThat(store.leftovers()).containsExactly(old);
    }

    @Test
    void whoLooksWhileOthersPublishAndRemoveSeesWholeTemplatesOnly() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        Callable<Integer> looking = () -> {
            int seen = 0;
            while (!done.get()) {
                Optional<Template> found = store.find(KEY);
                for (Template template : store.list()) {
                    assertThat(template.key()).isEqualTo(KEY);
                }
                seen += found.isPresent() ? 1 : 0;
            }
            return seen;
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> lookers = List.of(threads.submit(looking), threads.submit(looking));
            try {
                for (int i = 0; i < 50; i++) {
                    Template template = publish(KEY, i);
                    assertThat(store.find(KEY)).hasValue(template);
                    store.remove(template, _ -> false);
                    assertThat(store.find(KEY)).isEmpty();
                }
            } finally {
                done.set(true);
            }
            for (Future<Integer> looker : lookers) {
                assertThat(looker.get()).isNotNegative();
            }
        }
    }

    private Template publish(TemplateKey key, int second) throws IOException, InterruptedException {
        Path work = store.workDirectory();
        Path made = Files.createDirectory(work.resolve("made"));
        try (RandomAccessFile memory =
                new RandomAccessFile(made.resolve("memory").toFile(), "rw")) {
            memory.setLength(MEMORY);
        }
        Files.writeString(made.resolve("devices"), "state ".repeat(50) + second);
        Files.writeString(made.resolve("disk.qcow2"), "disk ".repeat(50) + second);
        Disk disk = new Disk(made.resolve("disk.qcow2"), Disk.Format.QCOW2);
        Template template =
                store.publish(made, TemplateManifest.of(made, key, disk, Instant.ofEpochSecond(second), true));
        Files.delete(work);
        return template;
    }

    private static void delete(Template template, String file) throws IOException {
        Files.setPosixFilePermissions(template.directory(), PosixFilePermissions.fromString("rwx------"));
        Files.delete(template.directory().resolve(file));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static List<Path> files(Path directory) {
        try (Stream<Path> all = Files.list(directory)) {
            return all.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
