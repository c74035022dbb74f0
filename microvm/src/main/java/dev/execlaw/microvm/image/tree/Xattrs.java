package dev.execlaw.microvm.image.tree;

import dev.execlaw.microvm.image.ImageException;
import java.util.regex.Pattern;

/** Names of extended attributes, chosen by strangers. */
final class Xattrs {

    private static final Pattern NAME = Pattern.compile("(security|system|trusted|user)\\.[!-~&&[^\"\\\\]]{1,248}");

    private Xattrs() {}

    /** The name, if it has the form of xattr(7) and is one word: names go into scripts for other programs. */
    static String checked(String name) throws ImageException {
        if (!NAME.matcher(name).matches()) {
            throw new ImageException("the extended attribute \"" + name.replaceAll("[^ -~]", "?")
                    + "\" is refused: a name is one word of printable characters that begins with security., system.,"
                    + " trusted. or user.");
        }
        return name;
    }
}
