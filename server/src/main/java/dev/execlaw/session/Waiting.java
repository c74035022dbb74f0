package dev.execlaw.session;

import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Those who wait for one thing of a session. Used by one thread. */
final class Waiting {

    private final List<CompletableFuture<SessionView>> replies = new ArrayList<>();

    void add(CompletableFuture<SessionView> reply) {
        replies.add(reply);
    }

    /** It has come. */
    void complete(SessionView view) {
        taken().forEach(reply -> reply.complete(view));
    }

    /** It does not come. */
    void fail(Problem problem) {
        taken().forEach(reply ->
                reply.completeExceptionally(new ProblemException(problem.code(), problem.detail(), problem.next())));
    }

    private List<CompletableFuture<SessionView>> taken() {
        List<CompletableFuture<SessionView>> all = List.copyOf(replies);
        replies.clear();
        return all;
    }
}
