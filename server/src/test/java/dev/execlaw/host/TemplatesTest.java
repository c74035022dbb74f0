package dev.execlaw.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.execlaw.host.Templates.Choice;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.SparseFile;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.template.Template;
import dev.execlaw.microvm.template.TemplateException;
import dev.execlaw.microvm.template.TemplateKey;
import dev.execlaw.microvm.template.TemplateOrder;
import dev.execlaw.microvm.template.TemplateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Templates of a server, whose builds are doubles that lay files down. */
class TemplatesTest {

    private static final String SIGNATURE = "double 1";

    @TempDir
    Path data;

    private final List<String> built = Collections.synchronizedList(new ArrayList<>());
    private final Set<String> inUse = ConcurrentHashMap.newKeySet();
    private final CountDownLatch mayBuild = new CountDownLatch(1);
    private volatile String broken = "";
    private volatile Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private TemplateStore store;
    private Capacity capacity;
    private Templates templates;

    @BeforeEach
    void open() {
        store = new TemplateStore(data);
        capacity = new Capacity(new PlentyOfMemory(), new HostLimits(0, 100, 0), data);
        templates = new Templates(
                store, SIGNATURE, capacity, this::build, template -> inUse.contains(template.name()), () -> now);
    }

    @AfterEach
    void close() {
        templates.close();
    }

    @Test
    void theFirstSessionBootsAndLaterOnesAreClones() throws Exception {
        assertThat(reason(order(512))).contains("no template of this shape yet", "built in the background");
        assertThat(reason(order(512))).contains("built in the background");
        mayBuild.countDown();

        assertThat(awaitClone(order(512)).key()).isEqualTo(order(512).key(SIGNATURE));
        assertThat(built).hasSize(1);
        await().untilAsserted(() -> assertThat(capacity.reservedMiB()).isZero());
    }

    @Test
    void anotherShapeIsAnotherTemplateAndOneIsBuiltAtATime() throws Exception {
        assertThat(reason(order(512))).contains("no template of this shape");
        assertThat(reason(order(1024))).contains("no template of this shape");
        mayBuild.countDown();

        assertThat(awaitClone(order(1024)).key().memoryMiB()).isEqualTo(1024);
        assertThat(awaitClone(order(512)).key().memoryMiB()).isEqualTo(512);
        assertThat(built).containsExactly("512", "1024");
    }

    @Test
    void whatAnEarlierLifeLeftIsCheckedBeforeItsFirstUseAndNotBuiltAgain() throws Exception {
        Template left = lay(order(512).key(SIGNATURE), "00000001", now);

        assertThat(reason(order(512))).contains("being checked");
        assertThat(awaitClone(order(512))).isEqualTo(left);
        assertThat(built).isEmpty();
    }

    @Test
    void aDamagedOneIsDiscardedAndBuiltAnew() throws Exception {
        Template left = lay(order(512).key(SIGNATURE), "00000001", now);
        Files.writeString(left.state().devices(), "DEVICES");
        mayBuild.countDown();

        assertThat(reason(order(512))).contains("being checked");
        assertThat(awaitClone(order(512))).isNotEqualTo(left);
        assertThat(left.directory()).doesNotExist();
    }

    @Test
    void aDamagedOneStaysWhileSomethingLiesOnItButNothingNewIsClonedFromIt() throws Exception {
        Template left = lay(order(512).key(SIGNATURE), "00000001", now);
        Files.writeString(left.state().devices(), "DEVICES");
        inUse.add(left.name());
        mayBuild.countDown();

        assertThat(reason(order(512))).contains("being checked");
        assertThat(awaitClone(order(512))).isNotEqualTo(left);
        assertThat(left.directory()).exists();
        inUse.clear();
        assertThat(templates.collect(_ -> true)).containsExactly(left.name());
    }

    @Test
    void afterAChangeOfTheHostTheReasonSaysSo() throws Exception {
        Template old = lay(order(512).key("double 0"), "00000001", now);
        mayBuild.countDown();

        assertThat(reason(order(512))).contains("the VMM or the host's kernel has changed");
        awaitClone(order(512));
        assertThat(templates.collect(_ -> true)).containsExactly(old.name());
    }

    @Test
    void aBuildThatFailsIsToldAndTriedAgainLater() throws Exception {
        broken = "no shell's prompt";
        mayBuild.countDown();

        assertThat(reason(order(512))).contains("built in the background");
        await().untilAsserted(() ->
                assertThat(reason(order(512))).contains("could not be built: no shell's prompt", "tried again"));
        assertThat(built).hasSize(1);
        broken = "";
        now = now.plus(Duration.ofMinutes(11));
        assertThat(reason(order(512))).contains("built in the background");
        awaitClone(order(512));
    }

    @Test
    void aTemplateIsNotBuiltWhereThereIsNoMemoryForIt() {
        mayBuild.countDown();

        assertThat(reason(order(200_000))).contains("built in the background");
        await().untilAsserted(() -> assertThat(reason(order(200_000))).contains("could not be built", "200100 MiB"));
        assertThat(built).isEmpty();
    }

    @Test
    void closingCallsABuildOff() {
        assertThat(reason(order(512))).contains("built in the background");
        await().untilAsserted(() -> assertThat(capacity.reservedMiB()).isEqualTo(612));

        templates.close();

        assertThat(built).isEmpty();
        assertThat(capacity.reservedMiB()).isZero();
        assertThat(reason(order(1024))).contains("stopping");
    }

    private Template build(TemplateOrder order) throws IOException, InterruptedException {
        mayBuild.await();
        built.add(String.valueOf(order.memoryMiB()));
        if (!broken.isEmpty()) {
            throw new TemplateException(broken);
        }
        return lay(order.key(SIGNATURE), "0000000a", now.plusSeconds(1));
    }

    private String reason(TemplateOrder order) {
        return templates.forNew(order) instanceof Choice.Boot(String reason) ? reason : "";
    }

    private Template awaitClone(TemplateOrder order) {
        await().until(() -> templates.forNew(order) instanceof Choice.Clone);
        return ((Choice.Clone) templates.forNew(order)).template();
    }

    private static TemplateOrder order(int memoryMiB) {
        Path files = Path.of("/image");
        Image image = new Image(
                "0123456789abcdef",
                "debian",
                files,
                files.resolve("kernel"),
                null,
                files.resolve("rootfs.ext4"),
                new Image.Agent("reference", "1"));
        return new TemplateOrders(HostNetwork.Mode.USER, NetworkPrefix.DEFAULT, 0, Limits.NONE)
                .of(image, 2, memoryMiB, "agent\n");
    }

    /** What a builder leaves, in the form of its manifest. */
    private Template lay(TemplateKey key, String number, Instant created) throws IOException, InterruptedException {
        Path directory = Files.createDirectories(store.directory().resolve(key.id() + "-" + number));
        Files.write(directory.resolve("memory"), new byte[4096]);
        Files.writeString(directory.resolve("devices"), "devices");
        Files.writeString(directory.resolve("disk.raw"), "disk");
        Files.writeString(directory.resolve("manifest.json"), """
                {"schema": 1, "createdAt": "%s", "agentWaits": true, "memory": 4096,
                 "key": {"image": "%s", "vcpus": 2, "memoryMiB": %d, "nic": "user", "agent": "agent\\n", "signature": "%s"},
                 "devices": {"size": 7, "digest": "%s"}, "disk": {"size": 4, "digest": "%s"},
                 "diskFile": "disk.raw", "diskFormat": "RAW"}
                """.formatted(
                        created,
                        key.image(),
                        key.memoryMiB(),
                        key.signature(),
                        SparseFile.digest(directory.resolve("devices")),
                        SparseFile.digest(directory.resolve("disk.raw"))));
        return store.find(key).orElseThrow();
    }

    /** 100,000 MiB, all of it available. */
    private static final class PlentyOfMemory implements HostMemory {

        @Override
        public int totalMiB() {
            return 100_000;
        }

        @Override
        public int availableMiB() {
            return 100_000;
        }

        @Override
        public int proportionalMiB(ProcessIdentity process) {
            return 0;
        }
    }
}
