package dev.execlaw.session;

import dev.execlaw.agent.Agents;
import dev.execlaw.event.EventLog;
import dev.execlaw.exec.SshGuests;
import dev.execlaw.gateway.Gateway;
import dev.execlaw.host.Capacity;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.HostProcesses;
import dev.execlaw.host.Ledger;
import dev.execlaw.host.MachineActivity;
import dev.execlaw.host.Slots;
import dev.execlaw.host.Sweep;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.store.CheckpointTable;
import dev.execlaw.store.ForkTable;
import dev.execlaw.store.MessageTable;
import dev.execlaw.store.SecretBox;
import dev.execlaw.store.SessionTable;
import dev.execlaw.store.SpendTable;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * What all sessions work with.
 *
 * @param data the data directory
 * @param agents that sessions may name
 * @param limits of every machine
 */
public record SessionParts(
        Path data,
        Driver driver,
        Images images,
        AgentVersions versions,
        Agents agents,
        DiskWriter disks,
        Gateway gateway,
        Models models,
        EventLog log,
        SessionTable sessions,
        MessageTable messages,
        SpendTable spend,
        Past past,
        Templates templates,
        Waker waker,
        SecretBox secrets,
        SshGuests guests,
        Host host,
        SessionDefaults defaults,
        Limits limits,
        SessionTimings timings,
        InstantSource clock) {

    /** Where saved machines are kept account of. */
    public record Past(CheckpointTable checkpoints, ForkTable forks, CheckpointBudget budget) {}

    /**
     * What checkpoints may take of the disk, in bytes.
     *
     * @param everyTurn whether one is made at the end of every turn
     * @param session those of one session
     * @param total those of all sessions together
     */
    public record CheckpointBudget(boolean everyTurn, long session, long total) {}

    /** What the host offers. */
    public record Host(
            Ledger ledger,
            Slots slots,
            HostNetwork network,
            Sweep sweep,
            Capacity capacity,
            MachineActivity activity,
            HostProcesses processes) {}

    /** Directories of machines, one for each session. */
    public static Path machines(Path data) {
        return data.resolve("machines");
    }

    /** Sockets; short, because the path of a Unix socket has at most 107 bytes (unix(7)). */
    public static Path sockets(Path data) {
        return data.resolve("run");
    }

    Path directory(String session) {
        return machines(data).resolve(session);
    }

    /** Where drivers keep what a machine's console wrote, over all its runs. */
    Path consoleLog(String session) {
        return directory(session).resolve("console.log");
    }

    /** Where a session's checkpoints are. */
    Path checkpoints(String session) {
        return directory(session).resolve("checkpoints");
    }

    /** What the session's tools gave back at length; removed with its machine's directory. */
    Outputs outputs(String session) {
        return new Outputs(directory(session).resolve("outputs"), Outputs.MOST_BYTES);
    }

    Path socket(String session) {
        return sockets(data).resolve(session + ".gw");
    }
}
