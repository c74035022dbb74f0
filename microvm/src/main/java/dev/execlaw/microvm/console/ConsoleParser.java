package dev.execlaw.microvm.console;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Splits a console's bytes into text, escape sequences and OSC 133 marks (semantic prompts, FinalTerm). It carries its
 * state over any split of the input, so the same bytes in any portions give the same marks, escapes and joined text.
 * Text never ends within a UTF-8 character: up to three bytes wait for the rest of theirs. Used by one thread.
 *
 * <p>Sequences as in ECMA-48: CSI, OSC, DCS/SOS/PM/APC strings and short escapes, by their 7-bit forms. What would hold
 * memory for ever ends by force: a sequence of more than {@value #MAX_SEQUENCE} bytes, and an OSC with a control
 * character inside, are reported as an escape as far as they go, and what follows is text again.
 */
public final class ConsoleParser {

    /** The longest escape sequence, bytes. */
    public static final int MAX_SEQUENCE = 4096;

    private static final int BEL = 0x07;
    private static final int CAN = 0x18;
    private static final int SUB = 0x1a;
    private static final int ESC = 0x1b;

    private final ConsoleTokens tokens;
    private State state = State.TEXT;
    private byte[] pending = new byte[64];
    private int length;

    private enum State {
        TEXT,
        ESCAPE,
        CSI,
        OSC,
        STRING,
        OSC_ESCAPE,
        STRING_ESCAPE
    }

    /** A parser at the begin of a stream (or anywhere where no sequence is under way). */
    public ConsoleParser(ConsoleTokens tokens) {
        this.tokens = tokens;
    }

    /** The next bytes of the stream. */
    public void accept(byte[] bytes, int from, int count) {
        int end = from + count;
        int at = from;
        while (at < end) {
            if (state == State.TEXT) {
                int stop = at;
                while (stop < end && bytes[stop] != ESC) {
                    stop++;
                }
                text(bytes, at, stop, stop < end);
                at = stop;
                if (at < end) {
                    begin();
                    at++;
                }
            } else {
                sequence(bytes[at] & 0xff);
                at++;
            }
        }
    }

    /** As {@link #accept(byte[], int, int)}. */
    public void accept(byte[] bytes) {
        accept(bytes, 0, bytes.length);
    }

    private void text(byte[] bytes, int from, int to, boolean whole) {
        byte[] text = Arrays.copyOf(pending, length + to - from);
        System.arraycopy(bytes, from, text, length, to - from);
        int end = whole ? text.length : completeLength(text);
        length = 0;
        for (int i = end; i < text.length; i++) {
            add(text[i]);
        }
        if (end > 0) {
            tokens.text(end == text.length ? text : Arrays.copyOf(text, end));
        }
    }

    /** How much of it is whole characters: all but the begin of a last one. Bytes that are no UTF-8 count as whole. */
    private static int completeLength(byte[] text) {
        for (int back = 1; back <= Math.min(3, text.length); back++) {
            int b = text[text.length - back] & 0xff;
            if (b < 0x80) {
                return text.length;
            }
            if (b >= 0xc0) {
                int needs = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
                return b < 0xf8 && needs > back ? text.length - back : text.length;
            }
        }
        return text.length;
    }

    private void begin() {
        length = 0;
        add((byte) ESC);
        state = State.ESCAPE;
    }

    private void sequence(int b) {
        switch (state) {
            case TEXT -> throw new IllegalStateException("no sequence is under way");
            case ESCAPE -> escape(b);
            case CSI -> csi(b);
            case OSC -> osc(b);
            case STRING -> string(b);
            case OSC_ESCAPE, STRING_ESCAPE -> stringEnd(b);
        }
        if (length >= MAX_SEQUENCE && state != State.TEXT) {
            end();
        }
    }

    private void escape(int b) {
        if (interrupts(b)) {
            return;
        }
        add((byte) b);
        switch (b) {
            case '[' -> state = State.CSI;
            case ']' -> state = State.OSC;
            case 'P', 'X', '^', '_' -> state = State.STRING;
            default -> {
                if (b < 0x20 || b > 0x2f) {
                    end();
                }
            }
        }
    }

    private void csi(int b) {
        if (interrupts(b)) {
            return;
        }
        add((byte) b);
        if (b >= 0x40) {
            end();
        }
    }

    private void osc(int b) {
        if (b == BEL) {
            add((byte) b);
            endOsc(1);
        } else if (b == ESC) {
            add((byte) b);
            state = State.OSC_ESCAPE;
        } else if (b < 0x20) {
            end();
            text(new byte[] {(byte) b}, 0, 1, false);
        } else {
            add((byte) b);
        }
    }

    private void string(int b) {
        if (b == ESC) {
            add((byte) b);
            state = State.STRING_ESCAPE;
        } else if (!interrupts(b)) {
            add((byte) b);
        }
    }

    private void stringEnd(int b) {
        if (b == '\\') {
            add((byte) b);
            if (state == State.OSC_ESCAPE) {
                endOsc(2);
            } else {
                end();
            }
            return;
        }
        // An ESC that does not close the string breaks it off and begins the next sequence.
        length--;
        end();
        begin();
        escape(b);
    }

    /** ESC, CAN and SUB break off any sequence. */
    private boolean interrupts(int b) {
        if (b != ESC && b != CAN && b != SUB) {
            return false;
        }
        if (b == ESC) {
            end();
            begin();
        } else {
            add((byte) b);
            end();
        }
        return true;
    }

    private void endOsc(int terminator) {
        byte[] sequence = Arrays.copyOf(pending, length);
        length = 0;
        state = State.TEXT;
        String body = new String(sequence, 2, sequence.length - 2 - terminator, StandardCharsets.UTF_8);
        Mark mark = Mark.parse(body);
        if (mark == null) {
            tokens.escape(sequence);
        } else {
            tokens.mark(mark);
        }
    }

    private void end() {
        byte[] sequence = Arrays.copyOf(pending, length);
        length = 0;
        state = State.TEXT;
        tokens.escape(sequence);
    }

    private void add(byte b) {
        if (length == pending.length) {
            pending = Arrays.copyOf(pending, length * 2);
        }
        pending[length++] = b;
    }
}
