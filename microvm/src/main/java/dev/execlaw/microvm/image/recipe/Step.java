package dev.execlaw.microvm.image.recipe;

import java.io.IOException;
import java.util.Map;

/** One step of a build. Immutable; works in the directory of a {@link Workshop} and nowhere else. */
public sealed interface Step
        permits Bootstrap, TakeKernel, PackInitramfs, CopyKernel, OpenBase, ComposeTree, MakeFilesystem {

    /** A short phrase for people: what is being made. */
    String name();

    /**
     * All that decides the step's result, by key: versions, hashes, settings. Two builds whose steps have equal inputs
     * make the same image, as far as the outside world's packages are the same.
     */
    Map<String, String> inputs();

    /** Does it. */
    void run(Workshop workshop) throws IOException, InterruptedException;
}
