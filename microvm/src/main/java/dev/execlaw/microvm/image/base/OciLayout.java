package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.Elf;
import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.recipe.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one image for this machine in an OCI layout directory (image-spec: image-layout.md, image-index.md, manifest.md):
 * the digest of its manifest, and the files of its layers, the lowest first. Every blob's size and SHA-256 are checked.
 */
record OciLayout(String manifest, List<Path> layers) {

    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final long MOST_JSON = 4 << 20;
    private static final int DEEPEST_INDEX = 3;
    private static final int MOST_LAYERS = 500;
    private static final JsonMapper JSON = new JsonMapper();

    OciLayout {
        layers = List.copyOf(layers);
    }

    static OciLayout read(Path directory) throws IOException {
        List<JsonNode> found = new ArrayList<>();
        manifests(directory, json(directory.resolve("index.json")), 0, found);
        if (found.size() != 1) {
            throw new ImageException(directory + " holds " + found.size() + " images for " + architecture()
                    + ", one is needed: copy the one that you mean into a layout of its own (skopeo copy"
                    + " oci:DIR:NAME oci:OTHER)");
        }
        String digest = found.getFirst().path("digest").asString("");
        JsonNode manifest = json(blob(directory, found.getFirst()));
        String machine = json(blob(directory, manifest.path("config")))
                .path("architecture")
                .asString(architecture());
        if (!machine.equals(architecture())) {
            throw new ImageException(
                    directory + " is an image for " + machine + ", the guest is " + architecture() + "; take that one");
        }
        JsonNode list = manifest.path("layers");
        if (list.isEmpty() || list.size() > MOST_LAYERS) {
            throw new ImageException(
                    directory + " has an image of " + list.size() + " layers, allowed are 1 to " + MOST_LAYERS);
        }
        List<Path> layers = new ArrayList<>();
        for (JsonNode layer : list) {
            layers.add(blob(directory, layer));
        }
        return new OciLayout(digest, layers);
    }

    /** Manifests of this machine's architecture, those of nested indexes too; attestations are of none. */
    private static void manifests(Path directory, JsonNode index, int depth, List<JsonNode> found) throws IOException {
        if (depth > DEEPEST_INDEX) {
            throw new ImageException(directory + " has indexes within indexes, more than " + DEEPEST_INDEX + " deep");
        }
        for (JsonNode entry : index.path("manifests")) {
            String machine = entry.path("platform").path("architecture").asString(architecture());
            String type = entry.path("mediaType").asString("");
            if (!machine.equals(architecture())) {
                continue;
            }
            if (type.contains("index") || type.contains("manifest.list")) {
                manifests(directory, json(blob(directory, entry)), depth + 1, found);
            } else {
                found.add(entry);
            }
        }
    }

    private static Path blob(Path directory, JsonNode descriptor) throws IOException {
        String digest = descriptor.path("digest").asString("");
        if (!DIGEST.matcher(digest).matches()) {
            throw new ImageException(
                    directory + " names a blob \"" + digest + "\"; only digests of the form sha256:HEX are understood");
        }
        String hex = digest.substring(digest.indexOf(':') + 1);
        Path file = directory.resolve("blobs/sha256").resolve(hex);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new ImageException(directory + " lacks the blob " + file + "; copy the image again, whole");
        }
        long size = descriptor.path("size").asLong(-1);
        if (Files.size(file) != size) {
            throw new ImageException(file + " has " + Files.size(file) + " bytes, its descriptor says " + size
                    + "; copy the image again");
        }
        String got = Digests.sha256(file);
        if (!got.equals(hex)) {
            throw new ImageException(file + " is damaged: its SHA-256 is " + got + "; copy the image again");
        }
        return file;
    }

    private static JsonNode json(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new ImageException("there is no " + file + ", which an OCI layout has");
        }
        if (Files.size(file) > MOST_JSON) {
            throw new ImageException(file + " has " + Files.size(file) + " bytes, the limit is " + MOST_JSON);
        }
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            throw new ImageException(file + " is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** This machine's architecture in the words of Go, which OCI uses. */
    private static String architecture() {
        return switch (Elf.hostMachine()) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> Elf.hostMachine();
        };
    }
}
