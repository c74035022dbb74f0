package dev.execlaw.microvm.image;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.image.recipe.Digests;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An image as another one is, but for what {@code nullclaw} is in it: a program is tried that way without a build from
 * packages. The copy needs as much of the disk as the root filesystem has data, less where the file system can share.
 */
public final class OtherAgent {

    private static final String PROGRAM = "/usr/local/bin/nullclaw";
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private OtherAgent() {}

    /**
     * Makes it.
     *
     * @param base the image to copy
     * @param program an ELF program of this machine, or a script with its interpreter in the first line
     * @param store where the new image goes; it may be another than the base's
     */
    public static Image in(Image base, Path program, ImageStore store) throws IOException, InterruptedException {
        check(program);
        store.makeWork();
        Path work = store.workDirectory("build-");
        try {
            Path out = Files.createDirectory(work.resolve("out"));
            Manifest old = Manifest.read(base.directory());
            for (String name : old.files().keySet()) {
                copy(base.directory().resolve(name), out.resolve(name));
            }
            Path rootfs = out.resolve("rootfs.ext4");
            run("chmod", "u+w", rootfs.toString());
            GuestFile file = new GuestFile(PROGRAM, Files.readAllBytes(program), 0755);
            new Ext4(rootfs, work).write(List.of(file));
            Path metadata = out.resolve(QcowInjection.METADATA);
            Files.deleteIfExists(metadata);
            run("e2image", "-r", rootfs.toString(), metadata.toString());
            Verification.of(out, work).orThrow(out);
            return store.publish(out, manifest(old, program, out));
        } finally {
            DirectoryTree.delete(work);
        }
    }

    /** The image as it is, in another store. */
    public static Image same(Image base, ImageStore store) throws IOException, InterruptedException {
        store.makeWork();
        Path work = store.workDirectory("build-");
        try {
            Path out = Files.createDirectory(work.resolve("out"));
            Manifest manifest = Manifest.read(base.directory());
            for (String name : manifest.files().keySet()) {
                copy(base.directory().resolve(name), out.resolve(name));
            }
            return store.publish(out, manifest);
        } finally {
            DirectoryTree.delete(work);
        }
    }

    private static Manifest manifest(Manifest old, Path program, Path out) throws IOException, InterruptedException {
        SortedMap<String, Manifest.Artefact> files = new TreeMap<>(old.files());
        for (String changed : List.of("rootfs.ext4", QcowInjection.METADATA)) {
            files.put(changed, Manifest.Artefact.of(out.resolve(changed)));
        }
        String digest = Digests.sha256(program);
        SortedMap<String, String> inputs = new TreeMap<>(old.inputs());
        inputs.put("OtherAgent.program", digest);
        return Manifest.of(
                old.recipe(),
                Digests.sha256(inputs.toString().getBytes(StandardCharsets.UTF_8)),
                inputs,
                new Image.Agent("nullclaw", digest.substring(0, 12)),
                files,
                old.packages());
    }

    private static void copy(Path from, Path to) throws IOException, InterruptedException {
        if (from.endsWith("rootfs.ext4")) {
            run("cp", "--sparse=always", "--reflink=auto", from.toString(), to.toString());
        } else if (Files.getFileStore(from).equals(Files.getFileStore(to.getParent()))) {
            Files.createLink(to, from);
        } else {
            Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    private static void run(String... argv) throws IOException, InterruptedException {
        Command.of(argv).tied().timeout(TIMEOUT).runOrThrow();
    }

    private static void check(Path program) throws IOException {
        if (!Files.isRegularFile(program) || !Files.isReadable(program)) {
            throw new ImageException(
                    "the agent " + program + " is not a file that can be read; give the program itself");
        }
        Optional<Elf> elf = Elf.read(program);
        if (elf.isPresent()) {
            if (elf.get().bits() != 64 || !elf.get().machine().equals(Elf.hostMachine())) {
                throw new ImageException("the agent " + program + " is for "
                        + elf.get().bits() + "-bit " + elf.get().machine() + ", the guest is 64-bit "
                        + Elf.hostMachine() + "; give one for it");
            }
            return;
        }
        byte[] first = new byte[2];
        try (var in = Files.newInputStream(program)) {
            if (in.read(first) != 2 || first[0] != '#' || first[1] != '!') {
                throw new ImageException("the agent " + program + " is neither an ELF program nor a script that begins"
                        + " with #!; give nullclaw's release file, e.g. nullclaw-linux-" + Elf.hostMachine() + ".bin");
            }
        }
    }
}
