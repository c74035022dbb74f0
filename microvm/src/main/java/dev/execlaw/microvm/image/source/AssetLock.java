package dev.execlaw.microvm.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * The lock file {@code assets.lock}: which version of each asset is used, and the hash that it must have.
 *
 * @param assets at most one of a name and an architecture
 */
public record AssetLock(List<LockedAsset> assets) {

    private static final String RESOURCE = "assets.lock";
    private static final TomlMapper TOML = TomlMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    public AssetLock {
        assets = List.copyOf(assets);
        for (int i = 0; i < assets.size(); i++) {
            LockedAsset asset = assets.get(i);
            for (LockedAsset other : assets.subList(0, i)) {
                if (other.name() == asset.name() && other.architecture() == asset.architecture()) {
                    throw new IllegalArgumentException(
                            asset.name() + " for " + asset.architecture() + " is there twice: keep one");
                }
            }
        }
    }

    /** What ships with the program: versions known to work together. */
    public static AssetLock shipped() {
        try (InputStream in = AssetLock.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the program's jar lacks " + RESOURCE);
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), RESOURCE);
        } catch (IOException e) {
            throw new IllegalStateException("the program's own " + RESOURCE + " cannot be read", e);
        }
    }

    /** Reads a lock file. */
    public static AssetLock read(Path file) throws IOException {
        try {
            return parse(Files.readString(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new SourceException("there is no " + file + ": write it with execlaw image lock", e);
        }
    }

    /** The lock file if it is there, else what ships with the program. */
    public static AssetLock readOrShipped(Path file) throws IOException {
        return Files.exists(file) ? read(file) : shipped();
    }

    /** Writes the lock file, whole or not at all. */
    public void write(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.writeString(fresh, toml());
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** The entry of an asset. */
    public Optional<LockedAsset> find(AssetName name, Architecture architecture) {
        return assets.stream()
                .filter(asset -> asset.name() == name && asset.architecture() == architecture)
                .findFirst();
    }

    /** The same lock with this entry in the place of an older one. */
    public AssetLock with(LockedAsset changed) {
        List<LockedAsset> all = new ArrayList<>(assets);
        all.removeIf(asset -> asset.name() == changed.name() && asset.architecture() == changed.architecture());
        all.add(changed);
        all.sort(Comparator.comparing(LockedAsset::name).thenComparing(LockedAsset::architecture));
        return new AssetLock(all);
    }

    String toml() {
        StringBuilder text = new StringBuilder("""
                # Which files from outside images are made of. An entry without a hash is pinned, not locked: it is
                # fetched only by "execlaw image lock", which fills the hash in, or with --latest.
                """);
        for (LockedAsset asset : assets) {
            text.append("\n[[asset]]\n");
            line(text, "source", asset.name().label());
            line(text, "architecture", asset.architecture().label());
            line(text, "version", asset.version());
            if (!asset.build().isEmpty()) {
                line(text, "build", asset.build());
            }
            if (asset.path() != null && asset.sha256() != null) {
                line(text, "path", asset.path());
                text.append("size = ").append(asset.size()).append('\n');
                line(text, "sha256", asset.sha256());
            }
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String key, String value) {
        // No value can hold a quote or a backslash: LockedAsset sees to that.
        text.append(key).append(" = \"").append(value).append("\"\n");
    }

    private static AssetLock parse(String toml, String what) throws SourceException {
        try {
            FileForm form = TOML.readValue(toml, FileForm.class);
            List<EntryForm> entries = form.asset == null ? List.of() : form.asset;
            return new AssetLock(entries.stream().map(EntryForm::entry).toList());
        } catch (JacksonException e) {
            throw new SourceException(
                    what + " cannot be read: " + e.getOriginalMessage() + at(e) + ". Mend it, or write it anew with"
                            + " execlaw image lock",
                    e);
        } catch (IllegalArgumentException e) {
            throw new SourceException(
                    what + ": " + e.getMessage() + ". Mend it, or write it anew with execlaw image lock", e);
        }
    }

    private static String at(JacksonException e) {
        return e.getLocation() == null || e.getLocation().getLineNr() < 1
                ? ""
                : " (line " + e.getLocation().getLineNr() + ")";
    }

    private record FileForm(@Nullable List<EntryForm> asset) {}

    private record EntryForm(
            @Nullable String source,
            @Nullable String architecture,
            @Nullable String version,
            @Nullable String build,
            @Nullable String path,
            @Nullable Long size,
            @Nullable String sha256) {

        LockedAsset entry() {
            return new LockedAsset(
                    AssetName.of(required("source", source)),
                    Architecture.of(required("architecture", architecture)),
                    required("version", version),
                    build == null ? "" : build,
                    path,
                    size == null ? -1 : size,
                    sha256);
        }

        private static String required(String key, @Nullable String value) {
            if (value == null) {
                throw new IllegalArgumentException("an [[asset]] lacks " + key);
            }
            return value;
        }
    }
}
