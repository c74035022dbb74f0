package dev.execlaw.microvm.image;

import dev.execlaw.microvm.image.recipe.Digests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an image is made of and what it holds, kept as {@code manifest.json} beside it. It says nothing of the time or
 * host of the build: the same content gives the same manifest, and its hash is the image's id.
 *
 * @param schema version of this form, 1
 * @param recipe name of the recipe
 * @param architecture of kernel and programs, e.g. {@code x86_64}
 * @param fingerprint hash of all inputs that were known before the build; equal ones need no new build
 * @param inputs those inputs, by step and key
 * @param agent what {@code nullclaw} is
 * @param files the image's files by name
 * @param packages what is installed, name to version; empty where the tree has no package list
 */
public record Manifest(
        int schema,
        String recipe,
        String architecture,
        String fingerprint,
        SortedMap<String, String> inputs,
        Image.Agent agent,
        SortedMap<String, Artefact> files,
        SortedMap<String, String> packages) {

    /** Name of the file. */
    public static final String FILE = "manifest.json";

    /** Key of the inputs for the image's name, where that is not the recipe's. */
    static final String NAME = "name";

    /** Key of the inputs for the generation of our programs in the guest. */
    public static final String GUEST = "guest";

    private static final int SCHEMA = 1;
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    public Manifest {
        if (schema != SCHEMA) {
            throw new IllegalArgumentException(
                    "manifest schema is " + schema + ", this version reads " + SCHEMA + "; build the image again");
        }
        inputs = Collections.unmodifiableSortedMap(new TreeMap<>(inputs));
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
        packages = Collections.unmodifiableSortedMap(new TreeMap<>(packages));
    }

    /**
     * A file of the image.
     *
     * @param size apparent size in bytes; it may be sparse
     * @param digest of the content as {@link SparseFile#digest} defines it
     */
    public record Artefact(long size, String digest) {

        static Artefact of(Path file) throws IOException, InterruptedException {
            return new Artefact(Files.size(file), SparseFile.digest(file));
        }
    }

    static Manifest of(
            String recipe,
            String fingerprint,
            SortedMap<String, String> inputs,
            Image.Agent agent,
            SortedMap<String, Artefact> files,
            SortedMap<String, String> packages) {
        return new Manifest(SCHEMA, recipe, Elf.hostMachine(), fingerprint, inputs, agent, files, packages);
    }

    /** Reads the manifest in an image's directory. */
    public static Manifest read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        try {
            return JSON.readValue(Files.readAllBytes(file), Manifest.class);
        } catch (JacksonException e) {
            throw new ImageException(
                    "the manifest " + file + " cannot be read: " + e.getOriginalMessage()
                            + "; remove the image and build" + " it again",
                    e);
        }
    }

    /** The form in which it is kept. */
    byte[] bytes() {
        return (JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** The image's id: the first 16 hex digits of the manifest's SHA-256. */
    public String id() {
        return Digests.sha256(bytes()).substring(0, 16);
    }

    /** What people call the image: the recipe's name, or that of the archive it was built from. */
    public String name() {
        return inputs.getOrDefault(NAME, recipe);
    }

    /** The generation of our programs in it. */
    private int guest() {
        return inputs.entrySet().stream()
                .filter(input -> input.getKey().equals(GUEST) || input.getKey().endsWith("." + GUEST))
                .findFirst()
                .map(input -> Integer.parseInt(input.getValue()))
                .orElse(1);
    }

    /** The image that lives in {@code directory}. */
    Image image(Path directory) {
        Path initramfs = directory.resolve("initramfs");
        return new Image(
                id(),
                name(),
                recipe,
                directory,
                directory.resolve("kernel"),
                files.containsKey("initramfs") ? initramfs : null,
                directory.resolve("rootfs.ext4"),
                agent,
                guest());
    }
}
