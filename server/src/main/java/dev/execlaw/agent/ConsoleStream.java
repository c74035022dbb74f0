package dev.execlaw.agent;

/**
 * Splits the console's bytes into text and marks of OSC 133 for a {@link Recogniser}; other escape sequences are left
 * out. Any split of the stream gives the same. Used by one thread.
 */
public final class ConsoleStream {

    private static final byte ESC = 0x1b;
    private static final byte BEL = 0x07;
    private static final int OSC_LIMIT = 64;

    private final Recogniser recogniser;
    private final StringBuilder osc = new StringBuilder();
    private Mode mode = Mode.TEXT;

    public ConsoleStream(Recogniser recogniser) {
        this.recogniser = recogniser;
    }

    private enum Mode {
        TEXT,
        ESCAPE,
        CSI,
        OSC,
        OSC_ESCAPE
    }

    /** The next byte. */
    public void accept(byte b) {
        switch (mode) {
            case TEXT -> text(b);
            case ESCAPE -> escape(b);
            case CSI -> mode = b >= 0x40 && b <= 0x7e ? Mode.TEXT : Mode.CSI;
            case OSC -> osc(b);
            case OSC_ESCAPE -> {
                endOsc();
                if (b != '\\') {
                    escape(b);
                }
            }
        }
    }

    private void text(byte b) {
        if (b == ESC) {
            mode = Mode.ESCAPE;
        } else {
            recogniser.text(b);
        }
    }

    private void escape(byte b) {
        mode = switch (b) {
            case '[' -> Mode.CSI;
            case ']' -> Mode.OSC;
            case ESC, '(', ')' -> Mode.ESCAPE;
            default -> Mode.TEXT;
        };
        osc.setLength(0);
    }

    private void osc(byte b) {
        if (b == BEL) {
            endOsc();
        } else if (b == ESC) {
            mode = Mode.OSC_ESCAPE;
        } else if (osc.length() < OSC_LIMIT) {
            osc.append((char) (b & 0xff));
        }
    }

    private void endOsc() {
        mode = Mode.TEXT;
        String content = osc.toString();
        if (content.startsWith("133;B")) {
            recogniser.promptMark();
        } else if (content.startsWith("133;C")) {
            recogniser.commandMark();
        } else if (content.startsWith("133;D")) {
            String digits = content.substring("133;D".length()).replaceFirst("^;(\\d{1,3}).*$", "$1");
            recogniser.endMark(
                    digits.chars().allMatch(Character::isDigit) && !digits.isEmpty() ? Integer.parseInt(digits) : 0);
        }
        osc.setLength(0);
    }
}
