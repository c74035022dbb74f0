package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.Elf;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;

/** Small inputs of a build: a tree with what an image must have, and a file that looks like a kernel. They do not boot. */
public final class SmallTree {

    private static final Map<String, Integer> MACHINES = Map.of("x86_64", 62, "aarch64", 183);

    private SmallTree() {}

    /** A root filesystem directory. */
    public static Path directory(Path root) throws IOException {
        for (String program : new String[] {"usr/sbin/init", "usr/sbin/agetty", "usr/bin/login", "usr/bin/bash"}) {
            program(root, program);
        }
        program(root, "usr/bin/python3.12");
        program(root, "usr/bin/curl");
        Files.createSymbolicLink(root.resolve("usr/bin/python3"), Path.of("python3.12"));
        Files.createSymbolicLink(root.resolve("bin"), Path.of("usr/bin"));
        Files.createSymbolicLink(root.resolve("sbin"), Path.of("usr/sbin"));
        Files.createLink(root.resolve("usr/bin/hard link"), root.resolve("usr/bin/curl"));
        Path certificates = Files.createDirectories(root.resolve("usr/share/ca-certificates/mozilla"));
        Files.writeString(certificates.resolve("One.crt"), "-----BEGIN CERTIFICATE-----\n1\n-----END CERTIFICATE-----");
        Path etc = Files.createDirectories(root.resolve("etc/ssh"));
        Files.writeString(etc.resolve("ssh_host_rsa_key"), "of the image");
        Files.writeString(etc.resolveSibling("machine-id"), "0123456789abcdef0123456789abcdef\n");
        Files.createSymbolicLink(etc.resolveSibling("resolv.conf"), Path.of("../run/systemd/resolve/stub-resolv.conf"));
        Path dpkg = Files.createDirectories(root.resolve("var/lib/dpkg"));
        Files.writeString(dpkg.resolve("status"), "Package: systemd\nVersion: 255.4-1ubuntu8\n\n");
        Files.createDirectories(root.resolve("dev"));
        return root;
    }

    /** The same as a squashfs. */
    public static Path squashfs(Path tree, Path file) throws IOException, InterruptedException {
        Command.of(
                        "mksquashfs",
                        tree.toString(),
                        file.toString(),
                        "-noappend",
                        "-quiet",
                        "-no-progress",
                        "-comp",
                        "gzip")
                .runOrThrow();
        return file;
    }

    /** The same as a tar archive, packed as the further arguments of tar say. */
    public static Path tar(Path tree, Path file, String... options) throws IOException, InterruptedException {
        Command.of(Stream.concat(
                                Stream.of("tar", "--sort=name", "-C", tree.toString(), "-cf", file.toString()),
                                Stream.concat(Stream.of(options), Stream.of(".")))
                        .toList())
                .runOrThrow();
        return file;
    }

    /** The header of a 64-bit ELF program of this machine, which is all of a kernel that a build looks at. */
    public static Path kernel(Path file) throws IOException {
        return elf(file, 64, MACHINES.get(Elf.hostMachine()));
    }

    /** The header of a static ELF program. */
    public static Path elf(Path file, int bits, int machine) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(0, 0x464c457f).put(4, (byte) (bits / 32)).put(5, (byte) 1);
        header.putShort(16, (short) 2).putShort(18, (short) machine);
        return Files.write(file, header.array());
    }

    private static void program(Path root, String name) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, ("#!/bin/sh\n# " + name + "\n").getBytes(StandardCharsets.UTF_8));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
