-- Runs that are over. Keep side by side with ../postgres/0002_runs.sql.
-- A user's runs go with the account: they say what somebody did, and when.
-- No list of causes: a newer version may know more of them than the one that reads.

CREATE TABLE runs (
    id                BLOB    NOT NULL CONSTRAINT runs_pkey PRIMARY KEY CHECK (length(id) = 16),
    user_id           BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    path              TEXT    NOT NULL,
    started_at        TEXT    NOT NULL,
    ended_at          TEXT    NOT NULL,
    cause             TEXT    NOT NULL,
    exit_code         INTEGER,
    signal            TEXT,
    line              INTEGER,
    wall_ms           INTEGER NOT NULL,
    cpu_ms            INTEGER NOT NULL,
    peak_memory_bytes INTEGER NOT NULL,
    output_bytes      INTEGER NOT NULL
) STRICT;

-- A user's runs, newest first.
CREATE INDEX runs_user_id_idx ON runs (user_id, started_at, id);
