package dev.execlaw.microvm.network;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One entry of an allow-list. */
public sealed interface Destination {

    /**
     * Reads an entry: an address, a network as {@code A.B.C.D/N}, a name, or {@code *.} and a name for all below it.
     *
     * @throws IllegalArgumentException when it is none of these; the message quotes it
     */
    static Destination parse(String text) {
        String entry = text.strip().toLowerCase(Locale.ROOT);
        return Network.FORM.matcher(entry).matches() ? Network.parse(entry) : Name.parse(entry);
    }

    /**
     * A host's name.
     *
     * @param name in lower case, without a dot at its end
     * @param below also all names below it, but not itself
     */
    record Name(String name, boolean below) implements Destination {

        private static final Pattern LABELS = Pattern.compile(
                "(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?");

        public Name {
            if (!LABELS.matcher(name).matches()) {
                throw new IllegalArgumentException("\"" + name + "\" is neither a host's name (like example.org or"
                        + " *.example.org) nor a network (like 192.0.2.0/24)");
            }
        }

        static Name parse(String entry) {
            boolean below = entry.startsWith("*.");
            String name = below ? entry.substring(2) : entry;
            return new Name(name.endsWith(".") ? name.substring(0, name.length() - 1) : name, below);
        }

        /** Whether the entry lists this name, given in lower case and without a dot at its end. */
        public boolean covers(String asked) {
            return below ? asked.endsWith("." + name) : asked.equals(name);
        }

        @Override
        public String toString() {
            return below ? "*." + name : name;
        }
    }

    /**
     * An IPv4 network.
     *
     * @param address first address as a number; the bits beyond the length are zero
     * @param length bits of the prefix, 0 to 32
     */
    record Network(int address, int length) implements Destination {

        private static final Pattern FORM =
                Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})(?:/(\\d{1,2}))?");

        public Network {
            if (length < 0 || length > 32) {
                throw new IllegalArgumentException("a network's length is " + length + ", allowed are 0 to 32");
            }
            int host = length == 0 ? -1 : length == 32 ? 0 : (1 << (32 - length)) - 1;
            if ((address & host) != 0) {
                throw new IllegalArgumentException("network " + dotted(address) + "/" + length
                        + " has bits beyond its length; its first address is " + dotted(address & ~host));
            }
        }

        /** The network of that length around an address. */
        static Network of(String address, int length) {
            int fixed = length == 0 ? 0 : -1 << (32 - length);
            return new Network(parse(address).address & fixed, length);
        }

        static Network parse(String entry) {
            Matcher matcher = FORM.matcher(entry);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("\"" + entry + "\" is not a network like 192.0.2.0/24");
            }
            int address = 0;
            for (int part = 1; part <= 4; part++) {
                int number = Integer.parseInt(matcher.group(part));
                if (number > 255) {
                    throw new IllegalArgumentException("\"" + entry + "\" has a number above 255");
                }
                address = address << 8 | number;
            }
            return new Network(address, matcher.group(5) == null ? 32 : Integer.parseInt(matcher.group(5)));
        }

        /** Whether all of the other's addresses are this one's too. */
        public boolean contains(Network other) {
            int fixed = length == 0 ? 0 : -1 << (32 - length);
            return length <= other.length && (other.address & fixed) == address;
        }

        private static String dotted(int address) {
            return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "."
                    + (address & 255);
        }

        @Override
        public String toString() {
            return dotted(address) + "/" + length;
        }
    }
}
