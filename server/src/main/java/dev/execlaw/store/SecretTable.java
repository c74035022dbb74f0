package dev.execlaw.store;

import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** All that is sealed in the database, and a mark that tells with which key. */
public final class SecretTable {

    private static final String MARK = "mark";
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Database database;

    public SecretTable(Database database) {
        this.database = database;
    }

    /** Whether this key is the one that the secrets are sealed with; empty where none was used yet. */
    public Optional<Boolean> sealedWith(SecretBox box) {
        return database.read(SecretTable::sample).map(secret -> secret.opens(box));
    }

    /** The mark; in a database of a build that made none, the first secret there is. */
    private static Optional<Secret> sample(Statements statements) throws SQLException {
        Optional<Secret> mark = statements.first(
                "SELECT sealed FROM secret_check WHERE id = 1", row -> new Secret(MARK, row.getString(1)));
        return mark.isPresent() ? mark : statements.first("""
                SELECT id || owner, sealed FROM (
                  SELECT id, '/key' AS owner, api_key AS sealed FROM session
                  UNION ALL SELECT id, '/token', json_extract(status, '$.sealedToken') FROM session
                  UNION ALL SELECT id, '/ssh', json_extract(status, '$.wayIn.sealedKey') FROM session)
                WHERE sealed IS NOT NULL LIMIT 1""", row -> new Secret(row.getString(1), row.getString(2)));
    }

    private record Secret(String owner, String text) {

        boolean opens(SecretBox box) {
            try {
                return !box.unseal(owner, text).isEmpty();
            } catch (GeneralSecurityException _) {
                return false;
            }
        }
    }

    /** Marks this key as the one that everything is sealed with, and waits. */
    public void mark(SecretBox box) {
        database.write(statements -> mark(statements, box));
    }

    private static int mark(Statements statements, SecretBox box) throws SQLException {
        return statements.update(
                "INSERT OR REPLACE INTO secret_check (id, sealed) VALUES (1, ?)", box.seal(MARK, MARK));
    }

    /**
     * Seals everything anew, all of it or, where anything fails, nothing.
     *
     * @param old what opens it
     * @return how many secrets there were
     */
    public int reseal(SecretBox old, SecretBox fresh) {
        Turn turn = new Turn(old, fresh);
        database.write(statements -> {
            turn.count = 0;
            List<String[]> keys = statements.list("SELECT provider, sealed FROM provider_key", row ->
                    new String[] {row.getString(1), row.getString(2)});
            for (String[] key : keys) {
                statements.update(
                        "UPDATE provider_key SET sealed = ? WHERE provider = ?",
                        turn.text("provider/" + key[0], key[1]),
                        key[0]);
            }
            List<SessionRow> sessions = statements.list(
                    "SELECT id, created_at, settings, status, api_key FROM session",
                    row -> new SessionRow(
                            row.getString(1), row.getLong(2), row.getString(3), row.getString(4), row.getString(5)));
            for (SessionRow row : sessions) {
                statements.update(
                        "UPDATE session SET settings = ?, status = ?, api_key = ? WHERE id = ?",
                        turn.settings(row),
                        turn.status(row),
                        row.apiKey() == null ? null : turn.text(row.id() + "/key", row.apiKey()),
                        row.id());
            }
            return mark(statements, fresh);
        });
        return turn.count;
    }

    /**
     * Takes out of the file what was there before: freed pages and the write-ahead log still have old ciphertext, which the
     * key that opens it may be known for. Takes as much room again as the database has, while it lasts.
     */
    public void wipe() {
        database.compact();
    }

    /**
     * Gives up all that cannot be opened any more, and marks another key. Sessions stay, without keys of their own; their
     * guests get new tokens, and new keys that let us in, when they boot the next time.
     *
     * @param wayIn makes the private key for a guest
     * @return how many sessions there are
     */
    public int forget(SecretBox fresh, Supplier<String> wayIn) {
        int[] count = {0};
        database.write(statements -> {
            statements.update("DELETE FROM provider_key");
            List<String[]> sessions = statements.list("SELECT id, settings, status FROM session", row ->
                    new String[] {row.getString(1), row.getString(2), row.getString(3)});
            for (String[] row : sessions) {
                statements.update(
                        "UPDATE session SET settings = ?, status = ?, api_key = NULL WHERE id = ?",
                        without(row[1], "forebears"),
                        reset(row[2], fresh.seal(row[0] + "/ssh", wayIn.get())),
                        row[0]);
            }
            count[0] = sessions.size();
            return mark(statements, fresh);
        });
        return count[0];
    }

    private static String without(String json, String field) {
        JsonNode tree = JSON.readTree(json);
        if (tree instanceof ObjectNode object) {
            object.remove(field);
        }
        return JSON.writeValueAsString(tree);
    }

    private static String reset(String json, String sealedKey) {
        JsonNode tree = JSON.readTree(json);
        if (tree instanceof ObjectNode status) {
            status.remove("sealedToken");
            status.putObject("wayIn").put("sealedKey", sealedKey);
        }
        return JSON.writeValueAsString(tree);
    }

    /** From one key to the other. */
    private static final class Turn {

        private final SecretBox old;
        private final SecretBox fresh;
        private int count;

        Turn(SecretBox old, SecretBox fresh) {
            this.old = old;
            this.fresh = fresh;
        }

        String text(String owner, String sealed) throws SQLException {
            try {
                count++;
                return fresh.seal(owner, old.unseal(owner, sealed));
            } catch (GeneralSecurityException e) {
                throw new SQLException("the secret " + owner + " is sealed with yet another key", e);
            }
        }

        String settings(SessionRow row) throws SQLException {
            JsonNode settings = JSON.readTree(row.settings());
            for (JsonNode forebear : settings.path("forebears")) {
                field(forebear, "sealedToken", row.id() + "/forebear");
            }
            return JSON.writeValueAsString(settings);
        }

        String status(SessionRow row) throws SQLException {
            JsonNode status = JSON.readTree(row.status());
            field(status, "sealedToken", row.id() + "/token");
            field(status.path("wayIn"), "sealedKey", row.id() + "/ssh");
            field(status.path("wayIn"), "sealedHostKey", row.id() + "/host-key");
            return JSON.writeValueAsString(status);
        }

        private void field(@Nullable JsonNode object, String name, String owner) throws SQLException {
            if (object instanceof ObjectNode fields && fields.path(name).isString()) {
                fields.put(name, text(owner, fields.path(name).stringValue()));
            }
        }
    }
}
