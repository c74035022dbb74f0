package dev.execlaw.session;

import dev.execlaw.event.EventJson;
import dev.execlaw.event.EventPayload;
import dev.execlaw.exec.GuestKey;
import dev.execlaw.host.Demand;
import dev.execlaw.host.Resource;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.CheckpointRow;
import dev.execlaw.store.SessionRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes the rows and directories of sessions that begin where another one was. Any thread may use it. */
final class Forking {

    private static final int MOST = 100;

    private final SessionParts parts;
    private final Supplier<String> newId;

    Forking(SessionParts parts, Supplier<String> newId) {
        this.parts = parts;
        this.newId = newId;
    }

    /** How many are wanted. */
    static int count(ForkSession request) {
        List<String> models = request.models();
        int count = request.count() == null ? models == null ? 1 : models.size() : request.count();
        if (count < 1 || count > MOST) {
            throw invalid(
                    "count is " + count + ", allowed are 1 to " + MOST, "fork in several steps, or leave it out for 1");
        }
        if (models != null && models.size() != count) {
            throw invalid(
                    "there are " + models.size() + " models for " + count + " forks",
                    "name one model for each fork, or none");
        }
        return count;
    }

    private static ProblemException invalid(String detail, String next) {
        return new ProblemException(ErrorCode.INVALID_REQUEST, detail, next);
    }

    /** Takes memory and directories for the forks; what was taken is given back by {@link #giveUp}. */
    List<String> prepare(SessionSettings source, int heldMiB, int count) throws IOException {
        List<String> ids = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                String id = newId.get();
                parts.host().capacity().reserve(id, Demand.saved(source.memoryMiB(), heldMiB));
                ids.add(id);
                parts.host().ledger().enter(new Resource.Directory(id, parts.directory(id)));
                Files.createDirectory(
                        parts.directory(id),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            return List.copyOf(ids);
        } catch (IOException | RuntimeException e) {
            giveUp(ids);
            throw e;
        }
    }

    /** Removes what was prepared. */
    void giveUp(List<String> ids) throws IOException {
        for (String id : ids) {
            parts.host().capacity().release(id);
            parts.host().sweep().everything(id);
        }
    }

    /** The models, each one checked; the source's own where none was named. */
    List<Models.Choice> choices(SessionSettings source, ForkSession request, int count) {
        List<Models.Choice> choices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String model =
                    request.models() == null ? source.model() : request.models().get(i);
            Models.Choice choice = parts.models().choose(source.provider(), Optional.of(model));
            parts.models().requireCountable(source.steering().policy(), choice.provider(), choice.model());
            choices.add(choice);
        }
        return choices;
    }

    /** Writes a fork's session, with the source's past. */
    SessionRow write(SessionRow source, SessionSettings settings, Models.Choice model, CheckpointRow from, int number) {
        String id = from.session();
        Instant now = parts.clock().instant();
        String wayIn = parts.secrets().seal(id + "/ssh", GuestKey.generate().text());
        List<Range> undone = Checkpoints.undone(from);
        SavedStatus status = SavedStatus.fresh(now, new SavedStatus.WayIn(wayIn, null, null), undone);
        SessionSettings forked = settings.forked(
                name(settings.name(), number),
                model.provider(),
                model.model(),
                new ForkPoint(source.id(), from.seq()),
                forebears(source, settings, id));
        SessionRow row =
                new SessionRow(id, now.toEpochMilli(), Saved.encode(forked), Saved.encode(status), key(source, id));
        EventPayload first = new EventPayload.Forked(source.id(), from.seq());
        parts.past()
                .forks()
                .fork(row, source.id(), from, Map.entry(first.type(), EventJson.payload(first)), parts.log()::written);
        return row;
    }

    private static String name(String source, int number) {
        String suffix = " / fork " + number;
        int keep = Math.min(source.length(), 80 - suffix.length());
        return source.substring(0, keep) + suffix;
    }

    private List<SessionSettings.Forebear> forebears(SessionRow source, SessionSettings settings, String id) {
        List<SessionSettings.Forebear> line = new ArrayList<>();
        for (SessionSettings.Forebear forebear : settings.forebears()) {
            unseal(source.id() + "/forebear", forebear.sealedToken())
                    .map(token -> parts.secrets().seal(id + "/forebear", token))
                    .ifPresent(token -> line.add(new SessionSettings.Forebear(forebear.session(), token)));
        }
        unseal(source.id() + "/token", Saved.status(source.status()).sealedToken())
                .map(token -> parts.secrets().seal(id + "/forebear", token))
                .ifPresent(token -> line.add(new SessionSettings.Forebear(source.id(), token)));
        return line;
    }

    private @Nullable String key(SessionRow source, String id) {
        return unseal(source.id() + "/key", source.apiKey())
                .map(key -> parts.secrets().seal(id + "/key", key))
                .orElse(null);
    }

    private Optional<String> unseal(String owner, @Nullable String sealed) {
        if (sealed == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(parts.secrets().unseal(owner, sealed));
        } catch (GeneralSecurityException e) {
            throw new ProblemException(
                    ErrorCode.INTERNAL,
                    "the secret " + owner + " cannot be decrypted: the key file is another one than it was sealed with",
                    "restore the key file of the data directory",
                    e);
        }
    }
}
