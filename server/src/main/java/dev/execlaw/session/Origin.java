package dev.execlaw.session;

import dev.execlaw.microvm.template.Template;
import dev.execlaw.store.CheckpointRow;

/** What a run of a session's machine starts from. */
sealed interface Origin {

    /**
     * The machine boots.
     *
     * @param why in words; empty where there is nothing to say
     */
    record Boot(String why) implements Origin {}

    /** A new machine goes on from where a template was saved, as somebody else. */
    record Clone(Template template) implements Origin {}

    /**
     * The machine goes on from where it was saved.
     *
     * @param other whether it was another session's and becomes somebody else
     */
    record Return(CheckpointRow checkpoint, boolean other) implements Origin {}
}
