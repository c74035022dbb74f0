package dev.execlaw.microvm.image.archive;

import java.util.ArrayList;
import java.util.List;

/** Makes names relative and plain, or refuses them. */
final class TarName {

    private TarName() {}

    static String normalise(byte[] raw, int mostBytes) throws ArchiveException {
        if (raw.length > mostBytes) {
            throw new ArchiveException("a name of " + raw.length + " bytes is longer than the limit of " + mostBytes);
        }
        String name = TarHeader.text(raw);
        if (name.isEmpty()) {
            throw new ArchiveException("an entry has no name");
        }
        if (name.startsWith("/")) {
            throw new ArchiveException("\"" + name + "\" is an absolute path: refused");
        }
        List<String> parts = new ArrayList<>();
        for (String part : name.split("/", -1)) {
            if (part.equals("..")) {
                throw new ArchiveException("\"" + name + "\" leads out of the archive by \"..\": refused");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return String.join("/", parts);
    }
}
