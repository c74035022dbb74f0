package dev.execlaw.session;

import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.StoreException;

/** What failures of a session's parts mean to its user. */
final class Problems {

    private static final String START_AGAIN = "start the session again; its disk and transcript are kept";

    private Problems() {}

    /** A start that failed. */
    static Problem ofLaunch(Exception failure) {
        return switch (failure) {
            case ProblemException problem -> problem.problem();
            case MachineException machine -> new Problem(ErrorCode.BOOT_FAILED, message(machine), START_AGAIN);
            case StoreException store
            when store.diskFull() ->
                new Problem(ErrorCode.DISK_FULL, message(store), "free some space, then start the session again");
            case InterruptedException _ -> new Problem(ErrorCode.BOOT_FAILED, "the start was called off", START_AGAIN);
            default -> new Problem(ErrorCode.BOOT_FAILED, message(failure), START_AGAIN);
        };
    }

    /** A machine that ended by itself. */
    static Problem ofExit(MachineExit exit, boolean booting) {
        String tail = consoleTail(exit).strip();
        String detail = tail.isEmpty() ? exit.describe() : exit.describe() + "; the console ended with: " + tail;
        return new Problem(booting ? ErrorCode.BOOT_FAILED : ErrorCode.MACHINE_ENDED, detail, START_AGAIN);
    }

    private static String consoleTail(MachineExit exit) {
        return switch (exit) {
            case MachineExit.Crashed(int _, String tail) -> tail;
            case MachineExit.Panicked(String tail) -> tail;
            case MachineExit.PoweredOff _, MachineExit.Rebooted _, MachineExit.ShutDown _ -> "";
        };
    }

    /** A stop for a reason of ours. */
    static Problem stopped(String detail) {
        return new Problem(ErrorCode.MACHINE_ENDED, detail, START_AGAIN);
    }

    static Problem bootTimeout(long seconds, String awaited, String consoleTail) {
        return new Problem(
                ErrorCode.BOOT_TIMEOUT,
                "no " + awaited + " within " + seconds + " s; the console ended with: " + consoleTail.strip(),
                START_AGAIN);
    }

    static Problem noAgent(long seconds, String consoleTail) {
        return new Problem(
                ErrorCode.BOOT_TIMEOUT,
                "the agent did not show its prompt within " + seconds + " s; the console ended with: "
                        + consoleTail.strip(),
                "look at the console, then start the agent again with start");
    }

    static Problem agentExit(boolean starting, int status, int times, String consoleTail) {
        String detail = "the agent exited with status " + status + (starting ? " instead of starting" : " again") + ", "
                + times + " times in a row";
        return new Problem(
                ErrorCode.AGENT_EXIT,
                detail + "; the console ended with: " + consoleTail.strip(),
                "look at the console, then start the agent again with start");
    }

    private static String message(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
