package dev.execlaw.microvm.diff;

import java.util.List;

/**
 * What changed between two disks.
 *
 * @param files the changed files, in the order of their paths' bytes
 * @param patch a unified patch, in git's form, of those changes that are text
 * @param truncated whether a limit was reached, so that changes are missing from the list or from the patch
 * @param notes in plain words: which limit was reached, what could not be read and why; at most 20
 */
public record DiffReport(List<FileChange> files, String patch, boolean truncated, List<String> notes) {

    public DiffReport {
        files = List.copyOf(files);
        notes = List.copyOf(notes);
    }
}
