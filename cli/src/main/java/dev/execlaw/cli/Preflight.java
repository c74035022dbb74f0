package dev.execlaw.cli;

import dev.execlaw.config.DataDirectory;
import dev.execlaw.config.ListenAddress;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** What must hold before anything is made on the host. Each check changes nothing. */
final class Preflight {

    private Preflight() {}

    /** The address can be listened on. */
    static void canListen(ListenAddress listen) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true); // as the server does: connections that linger in TIME_WAIT do not count
            probe.bind(new InetSocketAddress(InetAddress.getByName(listen.host()), listen.port()));
        } catch (UnknownHostException e) {
            throw new CliException(
                    "the listen address " + listen + " names an unknown host \"" + listen.host() + "\"",
                    "give an address of this host, e.g. --listen 127.0.0.1:8000",
                    e);
        } catch (BindException e) {
            throw new CliException(
                    "cannot listen on " + listen + ": " + e.getMessage(),
                    listen.port() < 1024 && listen.port() > 0
                            ? "take a port from 1024 on, e.g. --listen " + listen.host() + ":8000"
                            : "stop the program that uses port " + listen.port()
                                    + " (ss -ltnp), or give another with --listen",
                    e);
        } catch (IOException e) {
            throw new CliException("cannot listen on " + listen + ": " + e.getMessage(), "give another --listen", e);
        }
    }

    /** The data directory exists and is ours to write, or can be made. */
    static void canKeep(DataDirectory data) {
        Path root = data.root();
        Path existing = nearestExisting(root);
        if (!Files.isDirectory(existing)) {
            throw new CliException(
                    "the data directory " + root + " cannot be made: " + existing + " is not a directory",
                    "give another with --data-dir");
        }
        if (!Files.isWritable(existing)) {
            throw new CliException(
                    "the data directory " + root + " is not writable: " + existing + " belongs to another user or is"
                            + " mounted read-only",
                    "give another with --data-dir, or make it yours: sudo chown " + System.getProperty("user.name")
                            + " " + existing);
        }
    }

    /** At least {@code neededMiB} are free where the data directory is or will be. */
    static void hasSpace(DataDirectory data, long neededMiB, String what) throws IOException {
        FileStore store = Files.getFileStore(nearestExisting(data.root()));
        long freeMiB = store.getUsableSpace() / (1024 * 1024);
        if (freeMiB < neededMiB) {
            throw new CliException(
                    "no disk space for " + what + ": " + freeMiB + " MiB are free for " + data.root() + ", " + neededMiB
                            + " MiB are needed",
                    "free some, give another --data-dir, or lower limits.disk_floor_mib");
        }
    }

    static Path nearestExisting(Path path) {
        Path existing = path;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return existing;
    }
}
