package dev.execlaw.microvm.network.names;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** DNS messages, also those that someone means ill with. */
class MessagesTest {

    @Test
    void aQuestionIsReadAndItsAnswerRepeatsItLetterByLetter() throws Exception {
        byte[] query = query("aPi.Example.ORG", Question.TYPE_A);
        Question question = Question.parse(query);
        assertThat(question.name()).isEqualTo("api.example.org");
        assertThat(question.type()).isEqualTo(Question.TYPE_A);
        byte[] answer = question.answer(Question.NO_ERROR, List.of("203.0.113.200"), 90);
        assertThat(Arrays.copyOfRange(answer, 12, query.length)).isEqualTo(Arrays.copyOfRange(query, 12, query.length));
        assertThat(Arrays.copyOf(answer, 2)).isEqualTo(Arrays.copyOf(query, 2));
        Answer read = Answer.parse(answer, question, 0x1234);
        assertThat(read).isEqualTo(new Answer(0, false, List.of("203.0.113.200"), 90));
    }

    @Test
    void anAnswerToAnotherQuestionIsNone() throws Exception {
        Question question = Question.parse(query("api.example.org", Question.TYPE_A));
        byte[] other =
                Question.parse(query("evil.example.org", Question.TYPE_A)).answer(0, List.of("203.0.113.1"), 9);
        assertThatThrownBy(() -> Answer.parse(other, question, 0x1234)).isInstanceOf(MalformedMessageException.class);
        byte[] right = question.answer(0, List.of("203.0.113.1"), 9);
        assertThatThrownBy(() -> Answer.parse(right, question, 0x1235)).isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> Answer.parse(query("api.example.org", 1), question, 0x1234))
                .isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void addressesOfOtherNamesInAnAnswerDoNotCount() throws Exception {
        Question question = Question.parse(query("api.example.org", Question.TYPE_A));
        byte[] answer = question.answer(0, List.of("203.0.113.1"), 9);
        byte[] other = query("bank.example", Question.TYPE_A);
        ByteArrayOutputStream forged = new ByteArrayOutputStream();
        forged.write(answer, 0, answer.length - 16);
        forged.write(other, 12, other.length - 16);
        forged.write(answer, answer.length - 14, 14);
        assertThat(Answer.parse(forged.toByteArray(), question, 0x1234).addresses())
                .isEmpty();
    }

    @Test
    void namesThatRunInCirclesComeToAnEnd() {
        byte[] query = query("api.example.org", Question.TYPE_A);
        query[12] = (byte) 0xc0;
        query[13] = 12;
        assertThatThrownBy(() -> Question.parse(query)).isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void brokenMessagesAreOnlyEverMalformed() throws Exception {
        Random random = new Random(7);
        Question question = Question.parse(query("api.example.org", Question.TYPE_A));
        byte[] whole = question.answer(0, List.of("203.0.113.1", "203.0.113.2"), 9);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] broken = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
            for (int hits = random.nextInt(4); hits > 0 && broken.length > 0; hits--) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
            }
            refused += isRefused(() -> Answer.parse(broken, question, 0x1234)) ? 1 : 0;
            refused += isRefused(() -> Question.parse(broken)) ? 1 : 0;
        }
        assertThat(refused).isGreaterThan(20_000);
    }

    @Test
    void aRateAllowsABurstAndThenSoManyPerSecond() {
        AtomicLong now = new AtomicLong();
        Rate rate = new Rate(10, 3, now::get);
        assertThat(List.of(rate.take(), rate.take(), rate.take(), rate.take()))
                .containsExactly(true, true, true, false);
        now.addAndGet(100_000_000);
        assertThat(List.of(rate.take(), rate.take())).containsExactly(true, false);
        now.addAndGet(60_000_000_000L);
        assertThat(List.of(rate.take(), rate.take(), rate.take(), rate.take()))
                .containsExactly(true, true, true, false);
    }

    private static boolean isRefused(Parse parse) throws Exception {
        try {
            return parse.run() == null;
        } catch (MalformedMessageException e) {
            return true;
        }
    }

    private static byte[] query(String name, int type) {
        ByteBuffer query = ByteBuffer.allocate(12 + name.length() + 2 + 4);
        query.putShort((short) 0x1234).putShort((short) 0x0100).putShort((short) 1);
        query.position(12);
        for (String label : name.split("\\.", -1)) {
            query.put((byte) label.length()).put(label.getBytes(US_ASCII));
        }
        return query.put((byte) 0).putShort((short) type).putShort((short) 1).array();
    }

    /** Reads a message. */
    private interface Parse {
        Object run() throws Exception;
    }
}
