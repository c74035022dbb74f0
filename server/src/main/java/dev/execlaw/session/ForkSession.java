package dev.execlaw.session;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Body of {@code POST /sessions/{id}/fork}. Null means the default.
 *
 * @param seq position of the checkpoint to begin at; null for now
 * @param count how many sessions, 1 to 100; 1, or as many as there are models
 * @param models a model for each; the source's where there is none
 */
public record ForkSession(
        @Nullable Long seq,
        @Nullable Integer count,
        @Nullable List<String> models) {}
