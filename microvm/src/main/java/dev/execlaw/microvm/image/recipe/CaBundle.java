package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.Overlay;
import dev.execlaw.microvm.image.tree.Tree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The CA certificates by which a guest knows whom it talks to: those of this host, so that what the host trusts (a
 * company's own authority, say) the guest trusts too; else the tree's own; else made from the certificates of the
 * tree's ca-certificates package, as update-ca-certificates(8) would.
 */
final class CaBundle {

    private static final String BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
    private static final String CERTIFICATES = "/usr/share/ca-certificates/";

    private CaBundle() {}

    /** The host's bundle to lay over a tree; nothing where the host has none. */
    static List<Overlay.Item> ofHost() throws IOException {
        return ofHost(Path.of(BUNDLE));
    }

    static List<Overlay.Item> ofHost(Path bundle) throws IOException {
        return Files.isReadable(bundle)
                ? List.of(Overlay.Item.file(BUNDLE, 0644, Files.readAllBytes(bundle)))
                : List.of();
    }

    /** Whether a file of a tree is a certificate from which a bundle can be made. */
    static boolean isCertificate(String path) {
        return path.startsWith(CERTIFICATES) && path.endsWith(".crt");
    }

    /** Makes the bundle of a tree that has none. */
    static void complete(Tree tree) throws IOException {
        if (tree.resolve(BUNDLE).isPresent()) {
            return;
        }
        ByteArrayOutputStream bundle = new ByteArrayOutputStream();
        for (String path : tree.capturedPaths()) {
            if (isCertificate(path)) {
                bundle.writeBytes(tree.captured(path).orElseThrow());
                bundle.write('\n');
            }
        }
        if (bundle.size() == 0) {
            throw new ImageException(
                    "neither this host nor the tree has CA certificates (" + BUNDLE
                            + "), without which a guest trusts no HTTPS server; install the package ca-certificates on the host");
        }
        Overlay.Item item = Overlay.Item.file(BUNDLE, 0644, bundle.toByteArray());
        new Overlay(List.of(item), List.of()).layOver(tree, MakeFilesystem.EPOCH);
    }
}
