package dev.execlaw.store;

import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
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
        Optional<String> mark = database.read(statements ->
                statements.first("SELECT sealed FROM secret_check WHERE id = 1", row -> row.getString(1)));
        return mark.map(text -> opens(box, text));
    }

    private static boolean opens(SecretBox box, String sealed) {
        try {
            return box.unseal(MARK, sealed).equals(MARK);
        } catch (GeneralSecurityException _) {
            return false;
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
