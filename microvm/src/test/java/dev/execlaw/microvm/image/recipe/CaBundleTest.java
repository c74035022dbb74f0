package dev.execlaw.microvm.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.Overlay;
import dev.execlaw.microvm.image.tree.TarEntry;
import dev.execlaw.microvm.image.tree.TarReader;
import dev.execlaw.microvm.image.tree.Tree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a guest's CA certificates come from when the host has none. */
class CaBundleTest {

    private static final String BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

    @TempDir
    Path directory;

    private final ByteArrayOutputStream tar = new ByteArrayOutputStream();
    private Tree tree;

    @BeforeEach
    void create() throws IOException {
        tree = new Tree(tar, new Tree.Limits(100, 1 << 20, true), CaBundle::isCertificate);
    }

    @Test
    void theHostsBundleIsLaidOverTheTree() throws IOException {
        Path bundle = Files.writeString(directory.resolve("bundle"), "the host's");
        file(BUNDLE, "the tree's");
        new Overlay(CaBundle.ofHost(bundle), List.of()).layOver(tree, 1);
        CaBundle.complete(tree);
        assertThat(bundle()).isEqualTo("the host's");
    }

    @Test
    void withoutOneTheTreesOwnIsKept() throws IOException {
        assertThat(CaBundle.ofHost(directory.resolve("none"))).isEmpty();
        file("/etc/pki/bundle.pem", "the tree's");
        file("/usr/share/ca-certificates/mozilla/One.crt", "one");
        tree.put(entry(BUNDLE, TarEntry.Kind.SYMLINK, 0, "../../pki/bundle.pem"), content(""));
        CaBundle.complete(tree);
        assertThat(bundle()).as("still the link").isEmpty();
    }

    @Test
    void withoutThatItIsMadeOfThePackagesCertificates() throws IOException {
        file("/usr/share/ca-certificates/mozilla/Two.crt", "two");
        file("/usr/share/ca-certificates/local/One.crt", "one");
        file("/usr/share/ca-certificates/README", "nothing");
        CaBundle.complete(tree);
        assertThat(bundle()).isEqualTo("one\ntwo\n");
    }

    @Test
    void withoutAnyTheTreeIsRefused() {
        assertThatThrownBy(() -> CaBundle.complete(tree))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("neither this host nor the tree has CA certificates")
                .hasMessageContaining("install the package ca-certificates");
    }

    private void file(String path, String content) throws IOException {
        tree.put(entry(path, TarEntry.Kind.FILE, content.length(), ""), content(content));
    }

    private String bundle() throws IOException {
        tree.finish();
        String found = "";
        try (TarReader reader = new TarReader(new ByteArrayInputStream(tar.toByteArray()))) {
            for (Optional<TarEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                if (next.get().path().equals(BUNDLE)) {
                    found = new String(reader.content().readAllBytes(), StandardCharsets.UTF_8);
                }
            }
        }
        return found;
    }

    private static TarEntry entry(String path, TarEntry.Kind kind, long size, String link) {
        return new TarEntry(path, kind, 0644, 0, 0, 0, size, link, Map.of());
    }

    private static ByteArrayInputStream content(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
