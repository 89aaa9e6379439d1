-- Accounts, classes, sign-ins and the audit log. Keep side by side with ../sqlite/0001_accounts.sql.
-- COLLATE "C" where names are sorted and paged: byte order, the same on every server and in SQLite.

CREATE TABLE users (
    id                  UUID        NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    username            TEXT        COLLATE "C" NOT NULL CONSTRAINT users_username_key UNIQUE,
    full_name           TEXT        NOT NULL,
    email               TEXT,
    role                TEXT        NOT NULL CHECK (role IN ('student', 'professor', 'admin')),
    password_hash       TEXT,
    uid                 BIGINT      NOT NULL CONSTRAINT users_uid_key UNIQUE CHECK (uid BETWEEN 20000 AND 59999),
    is_active           BOOLEAN     NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL,
    password_changed_at TIMESTAMPTZ
);

-- The next uid to give. It only grows, so that no uid is ever given twice, whoever is deleted.
-- A row and not a sequence: its lock orders concurrent inserts, and a rolled-back insert leaves no hole.
CREATE TABLE uid_counter (
    id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    next_uid BIGINT NOT NULL CHECK (next_uid BETWEEN 20000 AND 60000)
);

INSERT INTO uid_counter (id, next_uid) VALUES (1, 20000);

CREATE TABLE classes (
    id   UUID NOT NULL CONSTRAINT classes_pkey PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL CONSTRAINT classes_name_key UNIQUE
);

-- ClassId::DEFAULT of pythonide-domain.
INSERT INTO classes (id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'Class');

-- The role of the user says whether they teach or learn.
CREATE TABLE memberships (
    class_id UUID NOT NULL REFERENCES classes (id) ON DELETE CASCADE,
    user_id  UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT memberships_pkey PRIMARY KEY (class_id, user_id)
);

CREATE INDEX memberships_user_id_idx ON memberships (user_id);

CREATE TABLE sessions (
    id           UUID        NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
    token_hash   BYTEA       NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE CHECK (length(token_hash) = 32),
    user_id      UUID        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    ends_at      TIMESTAMPTZ NOT NULL,
    user_agent   TEXT,
    address      TEXT
);

CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- No foreign key: what a deleted user did stays told.
CREATE TABLE audit (
    id      UUID        NOT NULL CONSTRAINT audit_pkey PRIMARY KEY,
    at      TIMESTAMPTZ NOT NULL,
    actor   UUID,
    action  TEXT        NOT NULL,
    subject TEXT        NOT NULL,
    detail  TEXT        NOT NULL
);

CREATE INDEX audit_at_idx ON audit (at, id);
