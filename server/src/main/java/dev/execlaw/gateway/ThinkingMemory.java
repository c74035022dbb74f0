package dev.execlaw.gateway;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.node.ArrayNode;

/**
 * What models said around their tool calls in one session, thinking and its signatures included. Anthropic wants it back
 * unchanged with the tool's result, and OpenAI's form, which the guest speaks, has no place for it. It lasts as long as
 * the server; the oldest answers are forgotten first. Any thread may use it.
 *
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/extended-thinking">extended thinking with tools</a>
 */
final class ThinkingMemory {

    private static final int MOST_ANSWERS = 256;
    private static final long MOST_CHARACTERS = 8 << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Answer> answers = new ArrayDeque<>();
    private long characters;

    /**
     * One answer.
     *
     * @param origin model and account that gave it: nobody else takes its signatures
     * @param calls ids of its tool calls, in order
     * @param blocks its whole content as the provider sent it
     */
    private record Answer(String origin, List<String> calls, ArrayNode blocks, long size) {}

    /** Keeps an answer that called tools. */
    void keep(String origin, List<String> calls, ArrayNode blocks) {
        Answer answer =
                new Answer(origin, List.copyOf(calls), blocks, blocks.toString().length());
        lock.lock();
        try {
            answers.removeIf(old -> old.calls.equals(answer.calls));
            answers.addLast(answer);
            characters = answers.stream().mapToLong(Answer::size).sum();
            while (answers.size() > MOST_ANSWERS || (characters > MOST_CHARACTERS && answers.size() > 1)) {
                characters -= answers.removeFirst().size();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The content of the answer that made exactly these calls, if it was kept and this origin takes it back. */
    Optional<ArrayNode> recall(String origin, List<String> calls) {
        lock.lock();
        try {
            return answers.stream()
                    .filter(answer -> answer.origin.equals(origin) && answer.calls.equals(calls))
                    .findFirst()
                    .map(answer -> answer.blocks.deepCopy());
        } finally {
            lock.unlock();
        }
    }
}
