package dev.execlaw.exec;

/** The time that a command is in a guest: begun before anything is asked of the guest, closed when nothing is any more. */
@FunctionalInterface
public interface Stay extends AutoCloseable {

    /** Of a guest that need not know. */
    Stay FREE = () -> {};

    @Override
    void close();
}
