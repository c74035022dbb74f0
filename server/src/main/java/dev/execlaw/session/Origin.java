package dev.execlaw.session;

import dev.execlaw.host.Demand;
import dev.execlaw.microvm.template.Template;
import dev.execlaw.store.CheckpointRow;

/** What a run of a session's machine starts from. */
sealed interface Origin {

    /** The memory that a machine of this size asks for when it starts so. */
    default Demand demand(int guestMiB) {
        return switch (this) {
            case Boot _ -> Demand.cold(guestMiB);
            case Pool(Pooled _, Clone otherwise) -> otherwise.demand(guestMiB);
            case Clone(Template template) ->
                Demand.cloned(guestMiB, template.key().id());
            case Return(CheckpointRow checkpoint, boolean _) ->
                Demand.saved(guestMiB, Math.toIntExact(checkpoint.memoryBytes() >> 20));
        };
    }

    /** What a machine starts from that is made for this run. */
    sealed interface Own extends Origin {}

    /**
     * The machine boots.
     *
     * @param why in words; empty where there is nothing to say
     */
    record Boot(String why) implements Own {}

    /** A new machine goes on from where a template was saved, as somebody else. */
    record Clone(Template template) implements Own {}

    /**
     * The machine is there already, made ahead.
     *
     * @param otherwise what to start from should it fail
     */
    record Pool(Pooled machine, Clone otherwise) implements Origin {}

    /**
     * The machine goes on from where it was saved.
     *
     * @param other whether it was another session's and becomes somebody else
     */
    record Return(CheckpointRow checkpoint, boolean other) implements Own {}
}
