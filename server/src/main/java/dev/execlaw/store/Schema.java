package dev.execlaw.store;

import java.sql.SQLException;
import java.util.List;

/**
 * The tables, as the list of steps that made them. A step once released is never changed; {@code PRAGMA user_version}
 * counts the steps a file has been through.
 */
final class Schema {

    static final List<String> STEPS = List.of("""
            CREATE TABLE event (
              cursor  INTEGER PRIMARY KEY AUTOINCREMENT,
              session TEXT    NOT NULL,
              seq     INTEGER NOT NULL,
              time    INTEGER NOT NULL,
              type    TEXT    NOT NULL,
              payload TEXT    NOT NULL,
              UNIQUE (session, seq)
            ) STRICT;
            CREATE TABLE session (
              id         TEXT    PRIMARY KEY,
              created_at INTEGER NOT NULL,
              settings   TEXT    NOT NULL,
              status     TEXT    NOT NULL,
              api_key    TEXT
            ) STRICT;
            CREATE TABLE message (
              position INTEGER PRIMARY KEY AUTOINCREMENT,
              id       TEXT NOT NULL UNIQUE,
              session  TEXT NOT NULL,
              token    TEXT NOT NULL UNIQUE,
              text     TEXT NOT NULL,
              state    TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done'))
            ) STRICT;
            CREATE INDEX message_of_session ON message (session, position);
            CREATE TABLE resource (
              id      INTEGER PRIMARY KEY AUTOINCREMENT,
              session TEXT NOT NULL,
              kind    TEXT NOT NULL,
              ref     TEXT NOT NULL,
              detail  TEXT NOT NULL,
              UNIQUE (kind, ref)
            ) STRICT;
            CREATE INDEX resource_of_session ON resource (session);
            CREATE TABLE slot (
              number   INTEGER PRIMARY KEY,
              session  TEXT UNIQUE,
              released INTEGER NOT NULL
            ) STRICT;
            """, """
            CREATE TABLE checkpoint (
              session      TEXT    NOT NULL,
              seq          INTEGER NOT NULL,
              time         INTEGER NOT NULL,
              kind         TEXT    NOT NULL,
              name         TEXT,
              template     TEXT    NOT NULL,
              changes      TEXT    NOT NULL,
              disk         TEXT    NOT NULL,
              format       TEXT    NOT NULL,
              undone       TEXT    NOT NULL,
              disk_bytes   INTEGER NOT NULL,
              memory_bytes INTEGER NOT NULL,
              PRIMARY KEY (session, seq)
            ) STRICT;
            CREATE TABLE message_of_fork (
              position INTEGER PRIMARY KEY AUTOINCREMENT,
              id       TEXT NOT NULL,
              session  TEXT NOT NULL,
              token    TEXT NOT NULL,
              text     TEXT NOT NULL,
              state    TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done')),
              UNIQUE (session, id),
              UNIQUE (session, token)
            ) STRICT;
            INSERT INTO message_of_fork SELECT position, id, session, token, text, state FROM message;
            DROP TABLE message;
            ALTER TABLE message_of_fork RENAME TO message;
            CREATE INDEX message_of_session ON message (session, position);
            """, """
            CREATE TABLE spend (
              session          TEXT    NOT NULL,
              day              TEXT    NOT NULL,
              provider         TEXT    NOT NULL,
              model            TEXT    NOT NULL,
              requests         INTEGER NOT NULL,
              input_tokens     INTEGER NOT NULL,
              output_tokens    INTEGER NOT NULL,
              cached_tokens    INTEGER NOT NULL,
              reasoning_tokens INTEGER NOT NULL,
              cost             REAL    NOT NULL,
              unpriced         INTEGER NOT NULL,
              estimated        INTEGER NOT NULL,
              PRIMARY KEY (session, day, provider, model)
            ) STRICT;
            CREATE INDEX spend_of_day ON spend (day);
            CREATE TABLE turn_time (
              session TEXT    PRIMARY KEY,
              ms      INTEGER NOT NULL
            ) STRICT;
            INSERT INTO spend
              SELECT event.session, strftime('%Y-%m-%d', event.time / 1000, 'unixepoch'),
                coalesce(json_extract(session.settings, '$.provider'), ''), json_extract(payload, '$.model'),
                count(*), sum(json_extract(payload, '$.inputTokens')), sum(json_extract(payload, '$.outputTokens')),
                0, 0, 0, count(*), 0
              FROM event JOIN session ON session.id = event.session
                LEFT JOIN (SELECT session AS fork, max(seq) AS begin FROM event WHERE type = 'forked' GROUP BY session)
                  ON fork = event.session
              WHERE type = 'usage' AND seq > coalesce(begin, 0)
              GROUP BY 1, 2, 3, 4;
            """, """
            CREATE TABLE provider_key (
              provider   TEXT    PRIMARY KEY,
              sealed     TEXT    NOT NULL,
              last_four  TEXT    NOT NULL,
              created_at INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE secret_check (
              id     INTEGER PRIMARY KEY CHECK (id = 1),
              sealed TEXT    NOT NULL
            ) STRICT;
            """, """
            CREATE TABLE idle_email (
              session TEXT PRIMARY KEY,
              address TEXT NOT NULL
            ) STRICT;
            """);

    private Schema() {}

    /** Brings a file to the newest version, each step in its own transaction. */
    static void migrate(Statements statements, List<String> steps) throws SQLException {
        int version =
                statements.first("PRAGMA user_version", row -> row.getInt(1)).orElse(0);
        if (version > steps.size()) {
            throw new SQLException("the database has version " + version + ", this build knows versions up to "
                    + steps.size() + "; start the newer build that wrote it");
        }
        for (int next = version; next < steps.size(); next++) {
            statements.execute("BEGIN IMMEDIATE");
            try {
                for (String statement : steps.get(next).split(";\\s*\n", -1)) {
                    if (!statement.isBlank()) {
                        statements.execute(statement);
                    }
                }
                statements.execute("PRAGMA user_version = " + (next + 1));
                statements.execute("COMMIT");
            } catch (SQLException e) {
                statements.execute("ROLLBACK");
                throw e;
            }
        }
    }
}
