package dev.execlaw.session;

import java.util.List;
import java.util.random.RandomGenerator;

/** Names for sessions that were given none: an adjective and a noun, 1,600 in all. */
final class Names {

    static final List<String> ADJECTIVES = List.of(
            "amber", "bold", "brave", "bright", "brisk", "calm", "clear", "clever", "cosmic", "crisp", "curious",
            "daring", "deft", "eager", "early", "fair", "fleet", "gentle", "golden", "grand", "happy", "honest", "keen",
            "kind", "lively", "lucid", "lunar", "mellow", "merry", "nimble", "noble", "patient", "plucky", "proud",
            "quick", "quiet", "sharp", "steady", "sunny", "witty");

    static final List<String> NOUNS = List.of(
            "anchor", "badger", "beacon", "brook", "canyon", "cedar", "comet", "condor", "coral", "crane", "delta",
            "ember", "falcon", "fjord", "forest", "fox", "glacier", "harbor", "heron", "island", "juniper", "lagoon",
            "lantern", "lynx", "maple", "meadow", "meteor", "orchid", "otter", "owl", "pebble", "pine", "prairie",
            "raven", "reef", "river", "sparrow", "summit", "tiger", "willow");

    private final RandomGenerator random;

    Names(RandomGenerator random) {
        this.random = random;
    }

    /** A name; two sessions may get the same one. */
    String next() {
        return pick(ADJECTIVES) + "-" + pick(NOUNS);
    }

    private String pick(List<String> words) {
        return words.get(random.nextInt(words.size()));
    }
}
