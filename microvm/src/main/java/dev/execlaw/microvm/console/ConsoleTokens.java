package dev.execlaw.microvm.console;

/** Is told what a {@link ConsoleParser} finds, in order, on the parser's thread. */
public interface ConsoleTokens {

    /** Text, line ends and other control characters among it; whole UTF-8 characters as far as it is UTF-8. */
    default void text(byte[] bytes) {}

    /** A semantic prompt mark. */
    default void mark(Mark mark) {}

    /** Any other escape sequence with its ESC and end. */
    default void escape(byte[] sequence) {}
}
