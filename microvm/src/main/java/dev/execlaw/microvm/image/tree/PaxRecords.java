package dev.execlaw.microvm.image.tree;

import dev.execlaw.microvm.image.ImageException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The records of a PAX extended header: lines of {@code LENGTH KEY=VALUE}, see pax(1). Later ones win. */
final class PaxRecords {

    private static final String XATTR = "SCHILY.xattr.";

    private final Map<String, byte[]> values = new HashMap<>();

    void clear() {
        values.clear();
    }

    void add(byte[] content) throws ImageException {
        int at = 0;
        while (at < content.length) {
            int space = find(content, at, ' ');
            int length = length(content, at, space);
            int end = at + length;
            if (length < space - at + 4 || end > content.length || content[end - 1] != '\n') {
                throw new ImageException("a PAX header record says it is " + length + " bytes long and is not");
            }
            int equals = find(content, space, '=');
            if (equals >= end) {
                throw new ImageException("a PAX header record has no \"=\"");
            }
            String key = TarHeader.text(Arrays.copyOfRange(content, space + 1, equals));
            if (key.startsWith("GNU.sparse.")) {
                throw new ImageException("sparse files are not supported: pack the archive again without --sparse");
            }
            values.put(key, Arrays.copyOfRange(content, equals + 1, end - 1));
            at = end;
        }
    }

    Optional<byte[]> bytes(String key) {
        return Optional.ofNullable(values.get(key)).filter(value -> value.length > 0);
    }

    /** Extended attributes, as GNU tar, bsdtar and container tools write them. */
    Map<String, byte[]> xattrs() throws ImageException {
        Map<String, byte[]> xattrs = new HashMap<>();
        for (Map.Entry<String, byte[]> value : values.entrySet()) {
            if (value.getKey().startsWith(XATTR)) {
                xattrs.put(Xattrs.checked(value.getKey().substring(XATTR.length())), value.getValue());
            }
        }
        return xattrs;
    }

    long number(String key, long otherwise) throws ImageException {
        Optional<byte[]> value = bytes(key);
        if (value.isEmpty()) {
            return otherwise;
        }
        String text = TarHeader.text(value.get());
        try {
            // Times have a fraction; a length bound keeps a hostile exponent from making a giant number.
            if (text.length() > 40 || text.indexOf('e') >= 0 || text.indexOf('E') >= 0) {
                throw new NumberFormatException();
            }
            return new BigDecimal(text).longValue();
        } catch (NumberFormatException e) {
            throw new ImageException("PAX header " + key + " is \"" + text + "\", not a number", e);
        }
    }

    private static int find(byte[] content, int from, char wanted) throws ImageException {
        for (int i = from; i < content.length; i++) {
            if (content[i] == wanted) {
                return i;
            }
        }
        throw new ImageException("a PAX header is cut off");
    }

    private static int length(byte[] content, int from, int to) throws ImageException {
        if (to - from < 1 || to - from > 8) {
            throw new ImageException("a PAX header record has no length");
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            if (content[i] < '0' || content[i] > '9') {
                throw new ImageException("a PAX header record has no length");
            }
            value = value * 10 + (content[i] - '0');
        }
        return value;
    }
}
