package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.Elf;
import dev.execlaw.microvm.image.recipe.Digests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes OCI layout directories as skopeo does. */
final class OciLayoutFixture {

    private final Path directory;
    private final List<String> layers = new ArrayList<>();

    OciLayoutFixture(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory.resolve("blobs/sha256"));
        Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}");
    }

    /** The next layer, over those before. */
    OciLayoutFixture layer(Path tar) throws IOException {
        layers.add(descriptor("application/vnd.oci.image.layer.v1.tar", Files.readAllBytes(tar), ""));
        return this;
    }

    /** Ends it with an image for an architecture in Go's words. */
    Path write(String architecture) throws IOException {
        String config = descriptor(
                "application/vnd.oci.image.config.v1+json",
                "{\"architecture\": \"%s\", \"os\": \"linux\"}"
                        .formatted(architecture)
                        .getBytes(StandardCharsets.UTF_8),
                "");
        String manifest =
                "{\"schemaVersion\": 2, \"config\": %s, \"layers\": [%s]}".formatted(config, String.join(",", layers));
        String platform = ", \"platform\": {\"architecture\": \"%s\", \"os\": \"linux\"}".formatted(architecture);
        String attestation = ", \"platform\": {\"architecture\": \"unknown\", \"os\": \"unknown\"}";
        String type = "application/vnd.oci.image.manifest.v1+json";
        Files.writeString(
                directory.resolve("index.json"),
                "{\"schemaVersion\": 2, \"manifests\": [%s, %s]}"
                        .formatted(
                                descriptor(type, manifest.getBytes(StandardCharsets.UTF_8), platform),
                                descriptor(type, "{}".getBytes(StandardCharsets.UTF_8), attestation)));
        return directory;
    }

    static String host() {
        return Map.of("x86_64", "amd64", "aarch64", "arm64").get(Elf.hostMachine());
    }

    static String otherThanHost() {
        return host().equals("amd64") ? "arm64" : "amd64";
    }

    private String descriptor(String type, byte[] content, String more) throws IOException {
        String digest = Digests.sha256(content);
        Files.write(directory.resolve("blobs/sha256").resolve(digest), content);
        return "{\"mediaType\": \"%s\", \"digest\": \"sha256:%s\", \"size\": %d%s}"
                .formatted(type, digest, content.length, more);
    }
}
