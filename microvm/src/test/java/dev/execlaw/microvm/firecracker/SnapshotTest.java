package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.execlaw.microvm.firecracker.RawConnection.Answer;
import dev.execlaw.microvm.linux.OpenFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots: one guest with a disk is saved once; the tests load it. */
final class SnapshotTest {

    @TempDir
    static Path shared;

    @TempDir
    Path directory;

    private static ApiProcess source;
    private static RawConnection sourceApi;
    private static SerialLine sourceLine;

    @BeforeAll
    static void save() throws Exception {
        source = ApiProcess.ready(shared);
        sourceApi = source.connect();
        Files.write(shared.resolve("disk"), new byte[1 << 20]);
        ApiProcess.expect204(sourceApi.put(
                "/drives/root",
                "{\"drive_id\":\"root\",\"is_root_device\":true,\"path_on_host\":\"%s\"}"
                        .formatted(shared.resolve("disk"))));
        sourceLine = source.boot(sourceApi);
        sourceLine.run("echo saved >/tmp/state; x=42");
        assertThat(create(sourceApi, "early").body())
                .contains("Operation not allowed: save/restore unavailable while running");
        ApiProcess.expect204(sourceApi.patch("/vm", "{\"state\":\"Paused\"}"));
        ApiProcess.expect204(create(sourceApi, "full"));
        ApiProcess.expect204(sourceApi.patch("/vm", "{\"state\":\"Resumed\"}"));
    }

    @AfterAll
    static void stop() throws IOException {
        sourceApi.close();
        source.close();
    }

    private static Answer create(RawConnection api, String name) throws IOException {
        api.send(requestToCreate(name));
        return api.answer();
    }

    private static String requestToCreate(String name) {
        String body = "{\"snapshot_path\":\"%s\",\"mem_file_path\":\"%s\"}"
                .formatted(shared.resolve(name + ".state"), shared.resolve(name + ".memory"));
        return "PUT /snapshot/create HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static Answer load(RawConnection api, Path state, Path memory, String more) throws IOException {
        return api.put(
                "/snapshot/load",
                "{\"snapshot_path\":\"%s\",\"mem_backend\":{\"backend_type\":\"File\",\"backend_path\":\"%s\"}%s}"
                        .formatted(state, memory, more));
    }

    private static Answer load(RawConnection api, String more) throws IOException {
        return load(api, shared.resolve("full.state"), shared.resolve("full.memory"), more);
    }

    @Test
    void theSourceGoesOn() throws Exception {
        assertThat(sourceLine.run("echo $x; cat /tmp/state")).isEqualTo("42\nsaved\n");
    }

    @Test
    void theMemoryFileHasTheSizeOfTheMemory() throws Exception {
        assertThat(Files.size(shared.resolve("full.memory"))).isEqualTo(160L << 20);
    }

    @Test
    void twoClonesOfOneSnapshotGoTheirOwnWays() throws Exception {
        Path other = Files.createDirectory(directory.resolve("other"));
        try (ApiProcess one = ApiProcess.ready(directory);
                ApiProcess two = ApiProcess.ready(other);
                RawConnection oneApi = one.connect();
                RawConnection twoApi = two.connect()) {
            ApiProcess.expect204(load(oneApi, ",\"resume_vm\":true"));
            ApiProcess.expect204(load(twoApi, ",\"resume_vm\":true"));
            SerialLine oneLine = one.serial();
            SerialLine twoLine = two.serial();

            assertThat(oneLine.run("echo $x; cat /tmp/state; x=43; cat /proc/partitions"))
                    .startsWith("42\nsaved\n")
                    .contains("vda");
            assertThat(twoLine.run("echo $x")).isEqualTo("42\n");
            assertThat(oneLine.run("echo $x")).isEqualTo("43\n");
        }
    }

    @Test
    void loadedWithoutResumeItIsPausedAndCanBeSavedAgain() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            ApiProcess.expect204(load(api, ""));
            assertThat(api.get("/").body()).contains("\"state\":\"Paused\"");
            assertThat(api.get("/machine-config").body()).contains("\"mem_size_mib\":160");

            ApiProcess.expect204(create(api, "again"));
            ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Resumed\"}"));
            assertThat(vmm.serial().run("echo $x")).isEqualTo("42\n");
        }
        Path other = Files.createDirectory(directory.resolve("other"));
        try (ApiProcess vmm = ApiProcess.ready(other);
                RawConnection api = vmm.connect()) {
            ApiProcess.expect204(
                    load(api, shared.resolve("again.state"), shared.resolve("again.memory"), ",\"resume_vm\":true"));
            assertThat(vmm.serial().run("echo $x")).isEqualTo("42\n");
        }
    }

    @Test
    void aDiffHasWhatChangedSinceAndIsLaidOverWhatWasThere() throws Exception {
        Path full = shared.resolve("full.memory");
        String sum;
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            ApiProcess.expect204(load(api, ",\"track_dirty_pages\":true"));
            ApiProcess.expect204(diff(api, "nothing"));
            ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Resumed\"}"));
            SerialLine line = vmm.serial();
            line.run("head -c 4000000 /dev/urandom >/tmp/first");
            pause(api);
            BlockClone.make(shared.resolve("nothing.memory"), shared.resolve("first.memory"));
            ApiProcess.expect204(diff(api, "first"));
            ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Resumed\"}"));
            line.run("head -c 4000000 /dev/urandom >/tmp/second");
            sum = line.run("md5sum /tmp/first /tmp/second");
            pause(api);
            BlockClone.make(shared.resolve("first.memory"), shared.resolve("both.memory"));
            ApiProcess.expect204(diff(api, "both"));
            ApiProcess.expect204(diff(api, "none"));
        }
        assertThat(shared.resolve("first.memory")).hasSize(160L << 20);
        assertThat(data("nothing")).isLessThan(4_000_000L);
        assertThat(data("none")).isZero();
        assertThat(data("first")).isBetween(4_000_000L, data("full") - 1);
        assertThat(data("both")).isGreaterThan(data("first") + 3_000_000L);

        Path merged = directory.resolve("merged");
        BlockClone.make(full, merged);
        BlockClone.overlay(shared.resolve("both.memory"), merged);
        Path other = Files.createDirectory(directory.resolve("other"));
        try (ApiProcess vmm = ApiProcess.ready(other);
                RawConnection api = vmm.connect()) {
            ApiProcess.expect204(load(api, shared.resolve("both.state"), merged, ",\"resume_vm\":true"));
            assertThat(vmm.serial().run("md5sum /tmp/first /tmp/second; echo $x"))
                    .isEqualTo(sum + "42\n");
        }
    }

    @Test
    void theFirstDiffOfABootedGuestIsLoaded() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            ApiProcess.configure(
                    api,
                    ApiProcess.GUEST.resolve("vmlinuz").toString(),
                    ApiProcess.GUEST.resolve("initramfs").toString());
            ApiProcess.expect204(api.patch("/machine-config", "{\"track_dirty_pages\":true}"));
            SerialLine line = vmm.serial();
            ApiProcess.start(api);
            line.awaitPrompt().run("x=booted");
            pause(api);
            ApiProcess.expect204(diff(api, "booted"));
        }
        assertThat(data("booted")).isLessThan(160L << 20);
        Path other = Files.createDirectory(directory.resolve("other"));
        try (ApiProcess vmm = ApiProcess.ready(other);
                RawConnection api = vmm.connect()) {
            ApiProcess.expect204(
                    load(api, shared.resolve("booted.state"), shared.resolve("booted.memory"), ",\"resume_vm\":true"));
            assertThat(vmm.serial().run("echo $x")).isEqualTo("booted\n");
        }
    }

    private static void pause(RawConnection api) throws IOException {
        ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Paused\"}"));
    }

    private static Answer diff(RawConnection api, String name) throws IOException {
        return api.put(
                "/snapshot/create",
                "{\"snapshot_type\":\"Diff\",\"snapshot_path\":\"%s\",\"mem_file_path\":\"%s\"}"
                        .formatted(shared.resolve(name + ".state"), shared.resolve(name + ".memory")));
    }

    /** How many bytes of a memory file are no holes. */
    private static long data(String name) throws IOException {
        long data = 0;
        try (OpenFile map = OpenFile.read(shared.resolve(name + ".memory"))) {
            long length = map.length();
            long end = 0;
            while (end < length) {
                long start = map.dataFrom(end, length);
                end = start < length ? map.holeFrom(start) : length;
                data += end - start;
            }
        }
        return data;
    }

    @Test
    void theDeprecatedWayToNameTheMemoryIsFlagged() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            Answer loaded = api.put(
                    "/snapshot/load",
                    "{\"snapshot_path\":\"%s\",\"mem_file_path\":\"%s\"}"
                            .formatted(shared.resolve("full.state"), shared.resolve("full.memory")));
            ApiProcess.expect204(loaded);
            assertThat(loaded.header("Deprecation")).contains("true");
        }
    }

    @Test
    void afterARequestAboutTheBootItIsRefusedAndTheProcessLives() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            assertThat(api.put("/boot-source", "{\"kernel_image_path\":\"none\"}")
                            .status())
                    .isEqualTo(400);

            assertThat(load(api, "").body())
                    .contains("Loading a microVM snapshot not allowed after configuring boot-specific resources.");
            assertThat(api.get("/").body()).contains("\"state\":\"Not started\"");
        }
    }

    @Test
    void loggerMetricsAndSerialMayComeBefore() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            ApiProcess.expect204(api.put("/logger", "{\"level\":\"Debug\"}"));
            ApiProcess.expect204(api.put("/metrics", "{\"metrics_path\":\"metrics\"}"));
            ApiProcess.expect204(api.put("/serial", "{\"serial_out_path\":\"serial\"}"));
            ApiProcess.expect204(load(api, ",\"resume_vm\":true"));
        }
    }

    @Test
    void aFailedLoadIsToldThenTheProcessEnds() throws Exception {
        failsAndEnds(directory.resolve("none"), shared.resolve("full.memory"), "", "No such file or directory");
    }

    @Test
    void aMemoryFileThatIsTooShortEndsIt() throws Exception {
        Path memory = Files.copy(shared.resolve("full.memory"), directory.resolve("memory"));
        try (RandomAccessFile file = new RandomAccessFile(memory.toFile(), "rw")) {
            file.setLength(1 << 20);
        }
        failsAndEnds(shared.resolve("full.state"), memory, "", "guest memory");
    }

    @Test
    void aDamagedStateFileEndsIt() throws Exception {
        Path state = Files.copy(shared.resolve("full.state"), directory.resolve("state"));
        try (RandomAccessFile file = new RandomAccessFile(state.toFile(), "rw")) {
            file.seek(file.length() / 2);
            int old = file.read();
            file.seek(file.length() / 2);
            file.write(old ^ 0xff);
        }
        failsAndEnds(state, shared.resolve("full.memory"), "", "Failed to get snapshot state from file");
    }

    @Test
    void aStateFileOfAnotherVersionEndsIt() throws Exception {
        assumeTrue(ApiProcess.BINARIES.isDouble(), "the header is the double's");
        byte[] bytes = Files.readAllBytes(shared.resolve("full.state"));
        String text = new String(bytes, 0, 200, StandardCharsets.ISO_8859_1);
        bytes[text.indexOf("11.0.0")] = '9';
        Path state = Files.write(directory.resolve("state"), bytes);
        failsAndEnds(state, shared.resolve("full.memory"), "", "version");
    }

    @Test
    void anUnknownInterfaceInAnOverrideEndsIt() throws Exception {
        failsAndEnds(
                shared.resolve("full.state"),
                shared.resolve("full.memory"),
                ",\"network_overrides\":[{\"iface_id\":\"eth7\",\"host_dev_name\":\"tap7\"}]",
                "Unknown");
    }

    @Test
    void aDiskThatIsNotWhereItWasEndsIt() throws Exception {
        Path moved = shared.resolve("disk-elsewhere");
        Files.move(shared.resolve("disk"), moved);
        try {
            failsAndEnds(
                    shared.resolve("full.state"),
                    shared.resolve("full.memory"),
                    "",
                    shared.resolve("disk").toString());
        } finally {
            Files.move(moved, shared.resolve("disk"));
        }
    }

    private void failsAndEnds(Path state, Path memory, String more, String text) throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            Answer refused = load(api, state, memory, more);
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.body())
                    .startsWith("{\"fault_message\":\"Load snapshot error: ")
                    .contains(text);
            assertThat(vmm.exit()).isEqualTo(1);
        }
    }

    @Test
    void whileASnapshotIsMadeNothingElseIsAnswered() throws Exception {
        assumeTrue(ApiProcess.BINARIES.isDouble(), "fault modes are the double's");
        try (ApiProcess vmm = ApiProcess.start(directory, "slow-create=1");
                RawConnection api = vmm.connect();
                RawConnection second = vmm.connect()) {
            ApiProcess.expect204(load(api, ""));
            second.get("/");
            api.send(requestToCreate("slow"));
            // It has begun, then: two connections that became readable together are served in either order.
            Awaitility.await().atMost(ApiProcess.PATIENCE).until(() -> Files.exists(shared.resolve("slow.memory")));

            second.get("/");

            assertThat(api.hasAnswer()).as("the snapshot came first").isTrue();
            ApiProcess.expect204(api.answer());
        }
    }

    @Test
    void aCrashDuringALoadGivesNoAnswer() throws Exception {
        assumeTrue(ApiProcess.BINARIES.isDouble(), "fault modes are the double's");
        try (ApiProcess vmm = ApiProcess.start(directory, "crash-on-load");
                RawConnection api = vmm.connect()) {
            String body =
                    "{\"snapshot_path\":\"s\",\"mem_backend\":{\"backend_type\":\"File\",\"backend_path\":\"m\"}}";
            api.send("PUT /snapshot/load HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            assertThat(api.endsWithoutAnswer()).isTrue();
            assertThat(vmm.exit()).isEqualTo(150);
        }
    }
}
