package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.Account;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Makes a template of a stopped machine whose memory is a file: QEMU sends its devices, and the file is finished. The
 * machine cannot go on afterwards. Used by one thread.
 */
record Recording(MachineSpec spec, Vmm vmm, Migrations migrations) {

    private static final Duration CALL = Duration.ofSeconds(20);
    private static final int MOST = 64 << 20;

    /** Writes the devices beside the memory. */
    SavedState template(Path directory) throws IOException {
        SavedState saved = new SavedState(directory, null);
        try {
            DeviceStream.write(saved.devices(), devices());
            try (FileChannel memory = FileChannel.open(saved.memory(), StandardOpenOption.WRITE)) {
                memory.force(true);
            }
            // Else its owner must be able to write to it, as QEMU opens it so.
            if (Ownership.root()) {
                Ownership.freeze(saved.memory());
            }
            Ownership.freeze(saved.devices());
            return saved;
        } catch (IOException e) {
            Files.deleteIfExists(saved.devices());
            throw e;
        }
    }

    /** The socket is in a directory of ours: QEMU can put nothing in its place, and forbidden to spawn it can connect. */
    private byte[] devices() throws IOException {
        Path socket = MachineFiles.of(spec).saving();
        Files.deleteIfExists(socket);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            Vmm.bind(server, socket);
            Account account = spec.account();
            if (account != null) {
                Files.setAttribute(socket, "unix:uid", account.uid(), LinkOption.NOFOLLOW_LINKS);
            }
            CompletableFuture<byte[]> received = new CompletableFuture<>();
            Thread.ofVirtual().name("devices of " + spec.name()).start(() -> receive(server, received));
            migrations.begin();
            vmm.qmp().call(new QmpCommand.MigrateSetCapabilities(), CALL);
            vmm.qmp().call(new QmpCommand.Migrate("unix:" + socket.getFileName()), CALL);
            migrations.await(CALL);
            return received.get(CALL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException("QEMU's devices were not received: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IOException("QEMU's devices did not come to their end in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while QEMU sent its devices", e);
        } finally {
            Files.deleteIfExists(socket);
        }
    }

    private static void receive(ServerSocketChannel server, CompletableFuture<byte[]> received) {
        try (SocketChannel connection = server.accept()) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
            while (connection.read(buffer) >= 0) {
                all.write(buffer.array(), 0, buffer.position());
                if (all.size() > MOST) {
                    throw new IOException("more than " + MOST + " bytes came");
                }
                buffer.clear();
            }
            received.complete(all.toByteArray());
        } catch (IOException e) {
            received.completeExceptionally(e);
        }
    }
}
