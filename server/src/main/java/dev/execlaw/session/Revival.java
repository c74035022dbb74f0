package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.exec.GuestKey;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.Resource;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.problem.Problem;
import dev.execlaw.session.SessionState.Goal;
import dev.execlaw.store.CheckpointRow;
import dev.execlaw.store.SessionRow;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a stored session back when the server starts: adopts its machine, ends what was half done, or just shows it. */
final class Revival {

    private static final Logger LOG = LoggerFactory.getLogger(Revival.class);

    private final SessionParts parts;
    private final Consumer<String> gone;

    Revival(SessionParts parts, Consumer<String> gone) {
        this.parts = parts;
        this.gone = gone;
    }

    /** Starts the session's supervisor; {@code known} gets it before it acts. */
    void revive(SessionRow row, Consumer<Supervisor> known) {
        SavedStatus saved = Saved.status(row.status());
        Place place = place(row.id(), saved);
        clearHalfMade(row.id(), place);
        begin(row, state(saved), known, next(row.id(), saved, place));
    }

    /** Removes what the last server was about to make and did not: a saved state, a slot for a machine that never was. */
    private void clearHalfMade(String id, @Nullable Place place) {
        try {
            new Checkpoints(parts, id).sweepStates();
            if (place == null) {
                parts.host().sweep().slot(id);
            }
        } catch (IOException e) {
            LOG.warn("session {}: what was left half made could not be removed: {}", id, e.getMessage());
        }
    }

    private void begin(SessionRow row, SessionState state, Consumer<Supervisor> known, Consumer<Supervisor> first) {
        SessionSettings settings = Saved.settings(row.settings());
        SavedStatus saved = Saved.status(row.status());
        AgentAdapter agent = parts.agents()
                .find(settings.agent(), new Image.Agent(settings.agentInside(), ""), settings.agentChannel())
                .orElseThrow(() -> new IllegalStateException(
                        "session " + row.id() + " has the agent " + settings.agent() + ", which this build lacks"));
        Chronicle chronicle = new Chronicle(parts, row, settings, saved, state, place(row.id(), saved));
        Credentials credentials = new Credentials(parts, row.id(), chronicle.ownKey(), guestKey(row.id(), saved));
        Supervisor supervisor = new Supervisor(parts, chronicle, agent, credentials, gone);
        known.accept(supervisor);
        supervisor.begin(first);
    }

    /** Begins a session that was just forked; {@code known} gets its supervisor before it acts. */
    void fork(SessionRow row, CheckpointRow from, Consumer<Supervisor> known) {
        begin(row, new SessionState.Waking(from.seq(), "it was forked"), known, Supervisor::startFork);
    }

    private Consumer<Supervisor> next(String id, SavedStatus saved, @Nullable Place place) {
        ProcessIdentity vmm = saved.vmm();
        if (saved.deleting()) {
            return supervisor -> supervisor.end(new Goal.Delete());
        }
        return switch (saved.state()) {
            case STOPPED, FAILED -> _ -> {};
            case PAUSED -> {
                long from = Objects.requireNonNullElse(saved.wakesFrom(), 0L);
                yield supervisor -> supervisor.sleepsOn(from, hasMachine(id));
            }
            case STOPPING -> supervisor -> supervisor.end(new Goal.Stop(saved.reason()));
            case CREATING, BOOTING, RUNNING -> {
                Optional<CheckpointRow> asleep = asleep(id, saved);
                if (asleep.isPresent()) {
                    yield supervisor -> supervisor.sleepsOn(asleep.get().seq(), true);
                }
                if (place == null || vmm == null) {
                    yield supervisor -> supervisor.end(
                            new Goal.Fail(Problems.stopped("the server ended while the session was being started")));
                }
                yield supervisor -> supervisor.adopt(place, vmm);
            }
        };
    }

    /** Whether there may be a machine: one that was being woken when the server ended. */
    private boolean hasMachine(String id) {
        return parts.host().ledger().of(id).stream()
                .anyMatch(made -> !(made instanceof Resource.Directory || made instanceof Resource.NetworkSlot));
    }

    /** What a machine was saved as, when the server ended between its end and the word of it. */
    private Optional<CheckpointRow> asleep(String id, SavedStatus saved) {
        ProcessIdentity vmm = saved.vmm();
        SavedStatus.Disk disk = saved.disk();
        if (vmm != null && parts.host().processes().alive(vmm)) {
            return Optional.empty();
        }
        if (disk == null) {
            // A fork that was not started yet has what it begins with.
            return parts.past().checkpoints().of(id).stream().findFirst();
        }
        // A pause before the last run froze a layer under the noted one; this run's froze the noted one itself.
        return parts.past().checkpoints().of(id).stream()
                .filter(row -> row.kind().equals("pause") || row.kind().equals("undo"))
                .filter(row -> row.disk().equals(disk.path()))
                .findFirst();
    }

    /** The state a session is shown in until more is known. */
    private static SessionState state(SavedStatus saved) {
        Problem reason = saved.reason();
        return switch (saved.state()) {
            case CREATING, BOOTING, RUNNING -> new SessionState.Recovering();
            case PAUSED -> new SessionState.Paused(Objects.requireNonNullElse(saved.wakesFrom(), 0L), reason);
            case STOPPING -> new SessionState.Stopping(new Goal.Stop(reason));
            case STOPPED -> new SessionState.Stopped(reason);
            case FAILED ->
                new SessionState.Failed(reason == null ? Problems.stopped("the reason was not kept") : reason);
        };
    }

    private @Nullable Place place(String id, SavedStatus saved) {
        SavedStatus.Disk disk = saved.disk();
        if (disk == null) {
            return null;
        }
        String token = saved.sealedToken() == null
                ? ""
                : unseal(id + "/token", saved.sealedToken()).orElse("");
        NetworkPrefix prefix = saved.prefix() == null ? NetworkPrefix.DEFAULT : NetworkPrefix.parse(saved.prefix());
        HostNetwork.Mode mode =
                saved.networkMode() == null ? HostNetwork.Mode.USER : HostNetwork.Mode.of(saved.networkMode());
        SavedStatus.Memory memory = saved.memory();
        return new Place(
                prefix.slot(saved.slot()),
                mode,
                token,
                current(id, disk.disk()),
                disk.method(),
                memory == null ? null : memory.state());
    }

    /** The disk that the machine writes to, when the server ended between making a layer and noting it. */
    private MachineSpec.Disk current(String id, MachineSpec.Disk noted) {
        try {
            return new Layers(parts.directory(id)).over(noted, parts.driver()::under);
        } catch (IOException | MachineException e) {
            LOG.warn("session {}: the layers over {} cannot be read: {}", id, noted.path(), e.getMessage());
            return noted;
        }
    }

    private @Nullable GuestKey guestKey(String id, SavedStatus saved) {
        SavedStatus.WayIn wayIn = saved.wayIn();
        return wayIn == null
                ? null
                : unseal(id + "/ssh", wayIn.sealedKey()).map(GuestKey::parse).orElse(null);
    }

    private Optional<String> unseal(String owner, String sealed) {
        try {
            return Optional.of(parts.secrets().unseal(owner, sealed));
        } catch (GeneralSecurityException e) {
            LOG.error(
                    "the secret {} cannot be decrypted: the key file is another one than it was sealed with", owner, e);
            return Optional.empty();
        }
    }
}
