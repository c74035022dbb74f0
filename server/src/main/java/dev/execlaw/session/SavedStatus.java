package dev.execlaw.session;

import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.problem.Problem;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a session, as it is stored after every change.
 *
 * @param deleting a deletion was accepted and is not yet done
 * @param disk its disk once it was cloned
 * @param slot number of the network slot of the running or last run
 * @param prefix that the slot is cut from; null for the default
 * @param networkMode how its network card is connected; null for {@code user}
 * @param sealedToken the guest's token of that run, encrypted
 * @param wayIn how commands get into its machine; null for sessions of older builds
 * @param vmm the running VMM
 * @param memory how that machine came to its memory; null where it booted
 * @param wakesFrom position of the checkpoint that a sleeping machine wakes from
 * @param undone ranges of the log that rewinds have undone
 */
record SavedStatus(
        State state,
        @Nullable Problem reason,
        boolean deleting,
        Instant lastActivityAt,
        List<SessionView.Step> boot,
        @Nullable Disk disk,
        int slot,
        @Nullable String prefix,
        @Nullable String networkMode,
        @Nullable String sealedToken,
        @Nullable WayIn wayIn,
        @Nullable ProcessIdentity vmm,
        @Nullable Memory memory,
        @Nullable Long wakesFrom,
        @Nullable List<Range> undone) {

    SavedStatus {
        boot = List.copyOf(boot);
        undone = undone == null ? List.of() : List.copyOf(undone);
    }

    /** Ranges of the log that rewinds have undone. */
    @Override
    public List<Range> undone() {
        return undone == null ? List.of() : undone;
    }

    /**
     * What the memory of the running or last machine is relative to.
     *
     * @param changes null where it began as the template is
     */
    record Memory(String template, @Nullable String changes) {
        SavedState state() {
            return new SavedState(Path.of(template), changes == null ? null : Path.of(changes));
        }
    }

    /** A session that has nothing yet. */
    static SavedStatus fresh(Instant now, WayIn wayIn, List<Range> undone) {
        return new SavedStatus(
                State.CREATING,
                null,
                false,
                now,
                List.of(),
                null,
                -1,
                null,
                null,
                null,
                wayIn,
                null,
                null,
                null,
                undone);
    }

    /** The state, as far as it matters to a server that starts. */
    enum State {
        /** No VMM was confirmed yet. */
        CREATING,
        /** The guest was on its way to the shell's prompt. */
        BOOTING,
        /** The agent had been started. */
        RUNNING,
        STOPPING,
        STOPPED,
        /** On disk; what it wakes from is the checkpoint that is named beside. */
        PAUSED,
        FAILED
    }

    /** The session's disk. */
    record Disk(String path, MachineSpec.Disk.Format format, String method) {
        MachineSpec.Disk disk() {
            return new MachineSpec.Disk(Path.of(path), format);
        }
    }

    /**
     * How commands get into the machine.
     *
     * @param sealedKey the session's key, encrypted
     * @param hostKey the guest's, in one line; null as long as the guest has not told it
     * @param sealedHostKey the guest's whole, encrypted, where it was made here; null where the guest made it
     */
    record WayIn(
            String sealedKey,
            @Nullable String hostKey,
            @Nullable String sealedHostKey) {}

    /** What is stored for a state. */
    static State of(SessionState state) {
        return switch (state) {
            case SessionState.Creating _ -> State.CREATING;
            case SessionState.Booting _ -> State.BOOTING;
            case SessionState.Ready _,
                    SessionState.Saving _,
                    SessionState.Pausing _,
                    SessionState.Busy _,
                    SessionState.Examining _,
                    SessionState.Recovering _,
                    SessionState.AgentLost _ -> State.RUNNING;
            case SessionState.Stopping _ -> State.STOPPING;
            case SessionState.Stopped _, SessionState.Deleted _ -> State.STOPPED;
            case SessionState.Paused _, SessionState.Waking _ -> State.PAUSED;
            case SessionState.Failed _ -> State.FAILED;
        };
    }
}
