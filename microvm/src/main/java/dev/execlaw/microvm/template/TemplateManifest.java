package dev.execlaw.microvm.template;

import dev.execlaw.microvm.image.SparseFile;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.SavedState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a template is, kept as {@code manifest.json} in it and written last.
 *
 * @param schema version of this form, 1
 * @param key what the template was made from
 * @param createdAt when it was complete
 * @param agentWaits whether an agent waits in it
 * @param memory size of its memory in bytes; no hash, since it is as large as the guest's memory
 * @param devices what its devices' state is
 * @param disk what its disk is; not what that lies over, which is the image's matter
 * @param diskFile name of the disk
 * @param diskFormat of the disk
 */
record TemplateManifest(
        int schema,
        TemplateKey key,
        Instant createdAt,
        boolean agentWaits,
        long memory,
        Content devices,
        Content disk,
        String diskFile,
        Disk.Format diskFormat) {

    static final String FILE = "manifest.json";

    private static final int SCHEMA = 1;
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    TemplateManifest {
        if (schema != SCHEMA) {
            throw new IllegalArgumentException("manifest schema is " + schema + ", this version reads " + SCHEMA);
        }
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(devices, "devices");
        Objects.requireNonNull(disk, "disk");
        Objects.requireNonNull(diskFormat, "diskFormat");
        if (diskFile.isEmpty() || diskFile.contains("/")) {
            throw new IllegalArgumentException("diskFile is \"" + diskFile + "\", it must be a name");
        }
    }

    /**
     * A file's content.
     *
     * @param size in bytes
     * @param digest as {@link SparseFile#digest} defines it
     */
    record Content(long size, String digest) {

        static Content of(Path file) throws IOException, InterruptedException {
            return new Content(Files.size(file), SparseFile.digest(file));
        }
    }

    /** The manifest of files that lie in a directory. */
    static TemplateManifest of(Path directory, TemplateKey key, Disk disk, Instant createdAt, boolean agentWaits)
            throws IOException, InterruptedException {
        String diskFile = String.valueOf(disk.path().getFileName());
        return new TemplateManifest(
                SCHEMA,
                key,
                createdAt,
                agentWaits,
                Files.size(directory.resolve(SavedState.MEMORY)),
                Content.of(directory.resolve(SavedState.DEVICES)),
                Content.of(directory.resolve(diskFile)),
                diskFile,
                disk.format());
    }

    /**
     * Reads a template's manifest.
     *
     * @throws TemplateException when it is no manifest
     */
    static TemplateManifest read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        try {
            TemplateManifest manifest = JSON.readValue(Files.readAllBytes(file), TemplateManifest.class);
            if (manifest == null) { // the document "null"
                throw new TemplateException(file + " is empty");
            }
            return manifest;
        } catch (JacksonException e) {
            throw new TemplateException(file + " cannot be read: " + e.getOriginalMessage(), e);
        }
    }

    byte[] bytes() {
        return JSON.writeValueAsBytes(this);
    }

    Template template(Path directory) {
        return new Template(key, directory, new Disk(directory.resolve(diskFile), diskFormat), createdAt, agentWaits);
    }

    /** What is wrong by name and size alone; reads no content. */
    Optional<String> wrongSize(Path directory) throws IOException {
        return wrongSize(directory.resolve(SavedState.MEMORY), memory)
                .or(() -> wrongSize(directory.resolve(SavedState.DEVICES), devices.size()))
                .or(() -> wrongSize(directory.resolve(diskFile), disk.size()));
    }

    /** What is wrong by content; reads devices and disk whole. */
    Optional<String> wrongContent(Path directory) throws IOException, InterruptedException {
        Optional<String> size = wrongSize(directory);
        if (size.isPresent()) {
            return size;
        }
        Optional<String> state = wrongContent(directory.resolve(SavedState.DEVICES), devices);
        return state.isPresent() ? state : wrongContent(directory.resolve(diskFile), disk);
    }

    private static Optional<String> wrongSize(Path file, long expected) {
        try {
            long size = Files.size(file);
            return size == expected
                    ? Optional.empty()
                    : Optional.of(file.getFileName() + " has " + size + " bytes, it was saved with " + expected);
        } catch (IOException e) {
            return Optional.of(file.getFileName() + " cannot be read: " + e);
        }
    }

    private static Optional<String> wrongContent(Path file, Content expected) throws IOException, InterruptedException {
        Content found = Content.of(file);
        return found.equals(expected)
                ? Optional.empty()
                : Optional.of(file.getFileName() + " has the hash " + found.digest() + ", it was saved with "
                        + expected.digest());
    }
}
