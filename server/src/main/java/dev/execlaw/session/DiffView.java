package dev.execlaw.session;

import dev.execlaw.microvm.diff.DiffReport;
import dev.execlaw.microvm.diff.FileChange;
import dev.execlaw.microvm.diff.FileState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What changed on a session's disk, as users see it.
 *
 * @param files in the order of their paths
 * @param patch a unified patch of those that are text
 * @param truncated whether a limit was reached, so that something is missing
 * @param notes what is missing and why, in plain words
 */
public record DiffView(List<File> files, String patch, boolean truncated, List<String> notes) {

    public DiffView {
        files = List.copyOf(files);
        notes = List.copyOf(notes);
    }

    /**
     * One changed file.
     *
     * @param path with what is not UTF-8 as {@code \\xHH}
     * @param change {@code added}, {@code removed}, {@code modified}, {@code type} or {@code metadata}
     * @param oldSize bytes; null where it was not there
     * @param newSize bytes; null where it is gone
     * @param oldMode in octal
     * @param newMode in octal
     */
    public record File(
            String path,
            String change,
            @Nullable Long oldSize,
            @Nullable Long newSize,
            @Nullable String oldMode,
            @Nullable String newMode) {}

    static DiffView of(DiffReport report) {
        return new DiffView(
                report.files().stream().map(DiffView::file).toList(),
                report.patch(),
                report.truncated(),
                report.notes());
    }

    private static File file(FileChange change) {
        String word = switch (change.kind()) {
            case ADDED -> "added";
            case REMOVED -> "removed";
            case MODIFIED -> "modified";
            case TYPE_CHANGED -> "type";
            case METADATA -> "metadata";
        };
        FileState before = change.before();
        FileState after = change.after();
        return new File(change.path(), word, size(before), size(after), mode(before), mode(after));
    }

    private static @Nullable Long size(@Nullable FileState state) {
        return state == null ? null : state.size();
    }

    private static @Nullable String mode(@Nullable FileState state) {
        return state == null ? null : Integer.toOctalString(state.mode());
    }
}
