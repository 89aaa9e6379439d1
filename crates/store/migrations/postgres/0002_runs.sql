-- Runs that are over. Keep side by side with ../sqlite/0002_runs.sql.
-- A user's runs go with the account: they say what somebody did, and when.
-- No list of causes: a newer version may know more of them than the one that reads.

CREATE TABLE runs (
    id                UUID        NOT NULL CONSTRAINT runs_pkey PRIMARY KEY,
    user_id           UUID        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    path              TEXT        NOT NULL,
    started_at        TIMESTAMPTZ NOT NULL,
    ended_at          TIMESTAMPTZ NOT NULL,
    cause             TEXT        NOT NULL,
    exit_code         BIGINT,
    signal            TEXT,
    line              BIGINT,
    wall_ms           BIGINT      NOT NULL,
    cpu_ms            BIGINT      NOT NULL,
    peak_memory_bytes BIGINT      NOT NULL,
    output_bytes      BIGINT      NOT NULL
);

-- A user's runs, newest first.
CREATE INDEX runs_user_id_idx ON runs (user_id, started_at, id);
