package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The lines of {@code nft list ruleset}, each with the table it is in.
 *
 * @param lines in their order, without white space at their ends
 */
record Ruleset(List<Line> lines) {

    /** Our own table. */
    static final String OURS = "inet execlaw";

    /** What to say where there is none to read. */
    static final String UNSEEN = "not seen without nft and root; the network mode user does not need it";

    Ruleset {
        lines = List.copyOf(lines);
    }

    /**
     * One line.
     *
     * @param table family and name, e.g. {@code inet execlaw}
     */
    record Line(String table, String text) {}

    /** The host's; empty where this user cannot read it, which {@link NftablesCheck} tells. */
    static Optional<Ruleset> of(HostFacts host) throws IOException, InterruptedException {
        return host.programs()
                .run(List.of("nft", "list", "ruleset"))
                .filter(CommandResult::succeeded)
                .map(result -> parse(result.stdout()));
    }

    private static Ruleset parse(String text) {
        Stream.Builder<Line> lines = Stream.builder();
        String table = "";
        for (String line : text.lines().map(String::strip).toList()) {
            if (line.startsWith("table ")) {
                table = line.substring("table ".length()).replaceFirst("\\s*\\{.*", "");
            }
            lines.add(new Line(table, line));
        }
        return new Ruleset(lines.build().toList());
    }

    boolean hasOurs() {
        return lines.stream().anyMatch(line -> line.table().equals(OURS));
    }

    /** The lines of one table. */
    Stream<String> table(String name) {
        return lines.stream().filter(line -> line.table().equals(name)).map(Line::text);
    }
}
