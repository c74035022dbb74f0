package dev.execlaw.microvm.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.image.source.AssetServer.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AssetsTest {

    private static final Architecture X86 = Architecture.X86_64;
    private static final String DATED = "/bucket/firecracker-ci/20260729-c69d0c0490e6-0/x86_64/";
    private static final String NUMBERED = "/bucket/firecracker-ci/v1.15/x86_64/";

    @TempDir
    Path dir;

    private AssetServer server;
    private Assets assets;
    private byte[] kernel;
    private byte[] rootfs;

    @BeforeEach
    void start() throws Exception {
        server = new AssetServer();
        kernel = Samples.elf();
        rootfs = Samples.squashfs(dir.resolve("made"));
        Web web = Web.of(Map.of(), Timeouts.DEFAULT);
        Retry retry = new Retry(3, Duration.ofMillis(1), Duration.ofMillis(10), new Random(1), pause -> {});
        assets = new Assets(server.sources(), new Download(web, retry, path -> 1L << 40), dir.resolve("cache"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void takesTheNewestOfTheDatedBuildsByExactNameAndVersionOrder() throws Exception {
        build(NUMBERED, "6.1.200");
        build("/bucket/firecracker-ci/20260101-aaaaaaaaaaaa-9/x86_64/", "6.1.300");
        build("/bucket/firecracker-ci/20260729-aaaaaaaaaaaa-10/x86_64/", "6.1.9", "6.1.155", "6.1.99");
        build("/bucket/firecracker-ci/20260729-ffffffffffff-9/x86_64/", "6.1.400");

        Assets.Fetched got = assets.latest(AssetName.KERNEL, X86, Progress.NONE);

        assertThat(got.asset())
                .returns("6.1.155", LockedAsset::version)
                .returns("20260729-aaaaaaaaaaaa-10", LockedAsset::build)
                .returns("firecracker-ci/20260729-aaaaaaaaaaaa-10/x86_64/vmlinux-6.1.155", LockedAsset::path)
                .returns((long) kernel.length, LockedAsset::size)
                .returns(Samples.sha256(kernel), LockedAsset::sha256);
        assertThat(got.file()).hasBinaryContent(kernel).hasFileName("vmlinux-6.1.155");
        assertThat(assets.latest(AssetName.ROOTFS, X86, Progress.NONE).file())
                .hasBinaryContent(rootfs)
                .hasFileName("ubuntu-24.04.squashfs");
        assertNothingIncoming();
    }

    @Test
    void takesTheOldLayoutWhereThereIsNoOther() throws Exception {
        build("/bucket/firecracker-ci/v1.9/x86_64/", "6.1.90");
        build(NUMBERED, "6.1.155");
        assertThat(assets.latest(AssetName.KERNEL, X86, Progress.NONE).asset().build())
                .isEqualTo("v1.15");
    }

    @Test
    void passesOverABuildThatLacksOneOfTheTwo() throws Exception {
        build(NUMBERED, "6.1.155");
        server.put(DATED + "vmlinux-6.1.170", kernel);
        assertThat(assets.latest(AssetName.KERNEL, X86, Progress.NONE).asset().build())
                .isEqualTo("v1.15");
    }

    @Test
    void readsAListingOfFifteenHundredKeysOverTwoPages() throws Exception {
        // In the order of the listing "vmlinux-..." comes last, on the second page.
        for (int i = 0; i < 1_500; i++) {
            server.put(DATED + "junk-%04d".formatted(i), new byte[0]);
        }
        build(DATED, "6.1.155");
        assertThat(assets.latest(AssetName.KERNEL, X86, Progress.NONE).asset().version())
                .isEqualTo("6.1.155");
        List<String> pages = server.requests().stream()
                .filter(request -> request.contains("x86_64%2F"))
                .toList();
        assertThat(pages).hasSize(2);
        assertThat(pages.get(1)).contains("continuation-token=").contains("%2B%2F%3D");
    }

    @Test
    void saysWhatWasLookedAtWhenThereIsNothing() {
        server.put(DATED + "vmlinux-6.18.36", kernel);
        assertThatThrownBy(() -> assets.latest(AssetName.KERNEL, X86, Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("20260729-c69d0c0490e6-0")
                .hasMessageContaining("6.1")
                .hasMessageContaining("--kernel");
        assertThatThrownBy(() -> assets.latest(AssetName.KERNEL, Architecture.AARCH64, Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("aarch64");
    }

    @Test
    void anEmptyBucketAndAPageInItsPlaceAreSaidSo() {
        assertThatThrownBy(() -> assets.latest(AssetName.KERNEL, X86, Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("lists no builds");
        server.fail("/bucket/", Fault.HTML);
        assertThatThrownBy(() -> assets.latest(AssetName.KERNEL, X86, Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("list-type=2")
                .hasMessageContaining("proxy");
    }

    @Test
    void findsTheNewestReleaseByTheRedirectOfLatest() throws Exception {
        release("v2026.5.29");
        assertThat(assets.latest(AssetName.NULLCLAW, X86, Progress.NONE).asset())
                .returns("v2026.5.29", LockedAsset::version)
                .returns("download/v2026.5.29/nullclaw-linux-x86_64.bin", LockedAsset::path);
        server.redirect("/nullclaw/releases/latest", "/nullclaw/releases");
        server.put("/nullclaw/releases", new byte[0]);
        assertThatThrownBy(() -> assets.latest(AssetName.NULLCLAW, X86, Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("not to a page of the form .../releases/tag/TAG");
    }

    @Test
    void withoutAHashNothingIsFetchedButToLockIt() throws Exception {
        release("v2026.4.17");
        release("v2026.5.29");
        AssetLock shipped = AssetLock.shipped();
        assertThatThrownBy(() -> assets.locked(shipped, AssetName.NULLCLAW, X86, Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("pins nullclaw for x86_64 to v2026.4.17")
                .hasMessageContaining("execlaw image lock")
                .hasMessageContaining("--latest");
        assertThat(server.requests()).isEmpty();

        Assets.Fetched got = assets.lock(shipped, AssetName.NULLCLAW, X86, Progress.NONE);
        assertThat(got.asset().version()).isEqualTo("v2026.4.17");
        AssetLock lock = shipped.with(got.asset());
        int requests = server.requests().size();
        assertThat(assets.locked(lock, AssetName.NULLCLAW, X86, Progress.NONE).file())
                .isEqualTo(got.file());
        assertThat(server.requests()).as("it lies in the cache").hasSize(requests);
    }

    @Test
    void locksTheKernelOfThePinnedBuild() throws Exception {
        build(DATED, "6.1.155");
        build("/bucket/firecracker-ci/20270101-aaaaaaaaaaaa-0/x86_64/", "6.1.300");
        assertThat(assets.lock(AssetLock.shipped(), AssetName.KERNEL, X86, Progress.NONE)
                        .asset()
                        .version())
                .isEqualTo("6.1.155");
    }

    @Test
    void aFileThatIsNotTheLockedOneIsFatalAndACachedOneThatWasChangedIsFetchedAgain() throws Exception {
        release("v2026.4.17");
        Assets.Fetched got = assets.lock(AssetLock.shipped(), AssetName.NULLCLAW, X86, Progress.NONE);
        AssetLock lock = AssetLock.shipped().with(got.asset());
        Files.write(got.file(), new byte[(int) got.asset().size()]);
        assertThat(assets.locked(lock, AssetName.NULLCLAW, X86, Progress.NONE).file())
                .hasBinaryContent(kernel);

        Files.delete(got.file());
        byte[] other = kernel.clone();
        other[other.length - 1] ^= 1;
        server.put("/nullclaw/releases/download/v2026.4.17/nullclaw-linux-x86_64.bin", other);
        assertThatThrownBy(() -> assets.locked(lock, AssetName.NULLCLAW, X86, Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("nullclaw-linux-x86_64.bin")
                .hasMessageContaining("expected " + Samples.sha256(kernel))
                .hasMessageContaining(Samples.sha256(other));
        try (Stream<Path> left = Files.list(got.file().getParent())) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aFirecrackerTarballMustHaveThePublishedHash() throws Exception {
        byte[] tarball = FirecrackerTarball.whole("v1.16.1", X86);
        String path = "/firecracker/releases/download/v1.16.1/firecracker-v1.16.1-x86_64.tgz";
        server.put(path, tarball);
        server.put(path + ".sha256.txt", sums(Samples.sha256(new byte[0])));
        assertThatThrownBy(() -> assets.lock(AssetLock.shipped(), AssetName.FIRECRACKER, X86, Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("expected " + Samples.sha256(new byte[0]));
        assertNothingIncoming();
        server.put(path + ".sha256.txt", sums(Samples.sha256(tarball)));
        assertThat(assets.lock(AssetLock.shipped(), AssetName.FIRECRACKER, X86, Progress.NONE)
                        .file())
                .hasBinaryContent(tarball);
    }

    private static byte[] sums(String hash) {
        return (hash + "  firecracker-v1.16.1-x86_64.tgz\n").getBytes(StandardCharsets.UTF_8);
    }

    private void release(String tag) {
        server.put("/nullclaw/releases/download/" + tag + "/nullclaw-linux-x86_64.bin", kernel);
        server.put("/nullclaw/releases/tag/" + tag, "<html>release</html>".getBytes(StandardCharsets.UTF_8));
        server.redirect("/nullclaw/releases/latest", "/nullclaw/releases/tag/" + tag);
    }

    /** A build's directory as the CI leaves it, with all the names that must not match. */
    private void build(String directory, String... kernels) {
        for (String version : kernels) {
            server.put(directory + "vmlinux-" + version, kernel);
            server.put(directory + "vmlinux-" + version + ".config", new byte[] {1});
            server.put(directory + "vmlinux-" + version + "-no-acpi", new byte[] {2});
            server.put(directory + "debug/vmlinux-" + version + "9", new byte[] {3});
            server.put(directory + "bzImage-" + version + "9", new byte[] {4});
        }
        server.put(directory + "vmlinux-6.18.36", new byte[] {5});
        server.put(directory + "vmlinux-5.10.999", new byte[] {6});
        server.put(directory + "ubuntu-24.04.squashfs", rootfs);
        server.put(directory + "ubuntu-24.04.squashfs.manifest", new byte[] {7});
        server.put(directory + "ubuntu-24.04.manifest", new byte[] {8});
    }

    private void assertNothingIncoming() throws IOException {
        try (Stream<Path> left = Files.list(dir.resolve("cache/assets/incoming"))) {
            assertThat(left).isEmpty();
        }
    }
}
