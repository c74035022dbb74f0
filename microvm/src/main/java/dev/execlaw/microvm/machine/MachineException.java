package dev.execlaw.microvm.machine;

/** A machine could not be made, started or adopted. The message says what was seen and what to do next. */
public final class MachineException extends Exception {

    private static final long serialVersionUID = 1L;

    public MachineException(String message) {
        super(message);
    }

    public MachineException(String message, Throwable cause) {
        super(message, cause);
    }
}
