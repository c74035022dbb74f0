package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.recipe.Digests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** A hash of all that a directory holds: paths, modes, times, owners, contents, targets of links. */
final class TreeDigest {

    private TreeDigest() {}

    static String of(Path root) throws IOException {
        List<String> lines = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                lines.add(line(root, directory, ""));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String content = "";
                if (attributes.isSymbolicLink()) {
                    content = Files.readSymbolicLink(file).toString();
                } else if (attributes.isRegularFile()) {
                    content = Digests.sha256(file);
                }
                lines.add(line(root, file, content));
                return FileVisitResult.CONTINUE;
            }
        });
        lines.sort(null);
        return Digests.sha256(String.join("\0", lines).getBytes(StandardCharsets.UTF_8));
    }

    private static String line(Path root, Path path, String content) throws IOException {
        var attributes = Files.readAttributes(path, "unix:mode,uid,gid,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        return root.relativize(path) + "\0" + attributes.get("mode") + " " + attributes.get("uid") + " "
                + attributes.get("gid") + " " + attributes.get("lastModifiedTime") + " " + content;
    }
}
