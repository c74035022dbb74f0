package dev.execlaw.microvm.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The Unix socket of vsock; what is behind it in the guest is the double's. */
@Timeout(120)
final class VsockTest {

    private static final String PUT = "{\"guest_cid\":3,\"uds_path\":\"wake.sock\"}";

    @TempDir
    static Path shared;

    private static ApiProcess vmm;
    private static RawConnection api;
    private static SerialLine line;

    @BeforeAll
    static void start() throws Exception {
        vmm = ApiProcess.ready(shared);
        api = vmm.connect();
        ApiProcess.expect204(api.put("/vsock", PUT));
        line = vmm.boot(api);
    }

    @AfterAll
    static void stop() throws IOException {
        api.close();
        vmm.close();
    }

    @Test
    void theSocketIsBoundWhenItIsNamedAndNeverReplaced(@TempDir Path directory) throws Exception {
        try (ApiProcess fresh = ApiProcess.ready(directory);
                RawConnection its = fresh.connect()) {
            ApiProcess.expect204(its.put("/vsock", PUT));
            assertThat(directory.resolve("wake.sock")).exists();
            Files.createFile(directory.resolve("stale"));
            assertThat(its.put("/vsock", "{\"guest_cid\":3,\"uds_path\":\"stale\"}")
                            .body())
                    .contains("(os error 98)");
        }
    }

    @Test
    void whereNobodyListensTheConnectionIsClosedWithoutAWord() throws Exception {
        for (String opening : new String[] {"CONNECT 77\n", "CONNECT\n", "HELLO 1\n", "CONNECT 1 2\n"}) {
            try (SocketChannel channel = connect(opening)) {
                assertThat(read(channel, 1)).as(opening).isEmpty();
            }
        }
    }

    @Test
    void aLineInTwoPiecesIsDropped() throws Exception {
        try (SocketChannel channel = connect("CONN")) {
            assertThat(read(channel, 1)).isEmpty();
        }
    }

    @Test
    void bytesGoBothWaysAndASnapshotEndsThem() throws Exception {
        assumeTrue(ApiProcess.BINARIES.isDouble(), "the guest listens at the double's port");
        line.run("exec 5<>/dev/vport0p1; (while read -r said; do echo \"heard $said\"; done <&5 >&5) &");
        try (SocketChannel channel = connect("connect 1\nglued\n")) {
            assertThat(read(channel, "OK 1073741824\nheard glued\n".length()))
                    .isEqualTo("OK 1073741824\nheard glued\n");
            channel.write(ByteBuffer.wrap("more\n".getBytes(UTF_8)));
            assertThat(read(channel, 11)).isEqualTo("heard more\n");

            ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Paused\"}"));
            try (SocketChannel early = connect("CONNECT 1\n")) {
                ApiProcess.expect204(
                        api.put("/snapshot/create", "{\"snapshot_path\":\"state\",\"mem_file_path\":\"memory\"}"));
                ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Resumed\"}"));
                assertThat(read(channel, 1)).isEmpty();
                assertThat(read(early, 3)).isEqualTo("OK ");
            }
        }
    }

    private static SocketChannel connect(String opening) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(shared.resolve("wake.sock")));
        channel.write(ByteBuffer.wrap(opening.getBytes(UTF_8)));
        return channel;
    }

    /** So many bytes, or what came until it was closed. */
    private static String read(SocketChannel channel, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        try {
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // until full or at the end
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("reset");
        }
        return new String(buffer.array(), 0, buffer.position(), UTF_8);
    }
}
