package dev.execlaw.session;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.CheckpointRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The saved states of one session's machine: what there is, and its files. Belongs to the supervisor's thread. */
final class Checkpoints {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int SHOWN = 20;

    private final SessionParts parts;
    private final String session;
    private final List<CheckpointRow> rows;

    Checkpoints(SessionParts parts, String session) {
        this.parts = parts;
        this.session = session;
        this.rows = new ArrayList<>(parts.past().checkpoints().of(session));
    }

    boolean none() {
        return rows.isEmpty();
    }

    List<CheckpointRow> all() {
        return List.copyOf(rows);
    }

    /** It was saved and is in the store. */
    void add(CheckpointRow row) throws IOException {
        Optional<CheckpointRow> replaced = at(row.seq());
        rows.removeIf(other -> other.seq() == row.seq());
        rows.add(row);
        rows.sort((a, b) -> Long.compare(a.seq(), b.seq()));
        if (replaced.isPresent() && !replaced.get().changes().equals(row.changes())) {
            DirectoryTree.delete(Path.of(replaced.get().changes()));
        }
    }

    Optional<CheckpointRow> at(long seq) {
        return rows.stream().filter(row -> row.seq() == seq).findFirst();
    }

    /**
     * The checkpoint at a position.
     *
     * @throws ProblemException {@code INVALID_REQUEST} with the positions that there are
     */
    CheckpointRow require(long seq) {
        return at(seq).orElseThrow(() -> new ProblemException(
                ErrorCode.INVALID_REQUEST,
                "the session has no checkpoint at " + seq
                        + ": it is no end of a turn of this session, or its checkpoint" + " was thinned out",
                rows.isEmpty()
                        ? "there is none at all yet; one is made at the end of every turn"
                        : "use one of: "
                                + rows.reversed().stream()
                                        .limit(SHOWN)
                                        .map(row -> String.valueOf(row.seq()))
                                        .collect(Collectors.joining(", "))));
    }

    /** Removes a checkpoint: first from the store, so that nobody counts on it. */
    void drop(CheckpointRow row) throws IOException {
        parts.past().checkpoints().delete(session, row.seq());
        rows.remove(row);
        DirectoryTree.delete(Path.of(row.changes()));
    }

    /** Gives up what is too old or too much; the ones that are kept in any case are not among them. Returns their positions. */
    List<Long> thin(Disk active, long kept) throws IOException, MachineException {
        List<Thinning.Candidate> candidates =
                rows.stream().map(Checkpoints::candidate).toList();
        Set<Long> dropped = Thinning.drop(
                candidates, parts.clock().instant(), parts.past().budget().session());
        return drop(dropped, active, kept);
    }

    /** Gives up checkpoints, but for one. Returns the positions of those that are gone. */
    List<Long> drop(Set<Long> seqs, Disk active, long kept) throws IOException, MachineException {
        List<Long> done = new ArrayList<>();
        for (CheckpointRow row : List.copyOf(rows)) {
            if (seqs.contains(row.seq()) && row.seq() != kept) {
                drop(row);
                done.add(row.seq());
            }
        }
        sweep(active);
        return done;
    }

    static Thinning.Candidate candidate(CheckpointRow row) {
        return new Thinning.Candidate(
                row.seq(), Instant.ofEpochMilli(row.time()), row.diskBytes() + row.memoryBytes(), row.name() != null);
    }

    /** Removes files that belong to no checkpoint: what a save that failed has left, layers that nothing lies on. */
    void sweep(Disk active) throws IOException, MachineException {
        sweepStates();
        Set<Path> needed = new HashSet<>(chain(active));
        for (CheckpointRow row : rows) {
            needed.addAll(chain(disk(row)));
        }
        new Layers(parts.directory(session)).keep(needed);
    }

    /** Removes saved states that are no checkpoint's: what a save left that failed, or that the server did not outlive. */
    void sweepStates() throws IOException {
        Set<Path> known = rows.stream().map(row -> Path.of(row.changes())).collect(Collectors.toSet());
        Path directory = parts.checkpoints(session);
        if (Files.isDirectory(directory)) {
            List<Path> found;
            try (Stream<Path> entries = Files.list(directory)) {
                found = entries.filter(path -> !known.contains(path)).toList();
            }
            for (Path stray : found) {
                DirectoryTree.delete(stray);
            }
        }
    }

    /** Gives another session its own links to all that it takes to go on from a checkpoint. */
    CheckpointRow share(CheckpointRow row, String other) throws IOException, MachineException {
        Path target = parts.directory(other);
        new Layers(parts.directory(session)).share(chain(disk(row)), target);
        Path changes = parts.checkpoints(other).resolve("origin");
        Files.createDirectories(changes);
        try (Stream<Path> files = Files.list(Path.of(row.changes()))) {
            for (Path file : files.toList()) {
                Files.createLink(changes.resolve(file.getFileName().toString()), file);
            }
        }
        Path disk = Path.of(row.disk());
        Path otherDisk = parts.directory(session).equals(disk.getParent())
                ? target.resolve(disk.getFileName().toString())
                : disk;
        return row.of(other, changes.toString(), otherDisk.toString());
    }

    private List<Path> chain(Disk disk) throws MachineException {
        List<Path> chain = new ArrayList<>(List.of(disk.path()));
        chain.addAll(parts.driver().under(disk));
        return chain;
    }

    List<CheckpointView> views(List<Range> undone) {
        return rows.stream().map(row -> view(row, undone)).toList();
    }

    static CheckpointView view(CheckpointRow row, List<Range> undone) {
        return new CheckpointView(
                row.seq(),
                Instant.ofEpochMilli(row.time()),
                row.name(),
                row.kind(),
                row.diskBytes(),
                row.memoryBytes(),
                Range.anyHas(undone, row.seq()));
    }

    static Disk disk(CheckpointRow row) {
        return new Disk(Path.of(row.disk()), Disk.Format.valueOf(row.format()));
    }

    static SavedState state(CheckpointRow row) {
        return new SavedState(Path.of(row.template()), Path.of(row.changes()));
    }

    static String encode(List<Range> ranges) {
        return JSON.writeValueAsString(ranges);
    }

    static List<Range> undone(CheckpointRow row) {
        return JSON.readValue(row.undone(), new TypeReference<List<Range>>() {});
    }
}
