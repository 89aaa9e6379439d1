-- Accounts, classes, sign-ins and the audit log. Keep side by side with ../postgres/0001_accounts.sql.
-- Ids are the 16 bytes of a UUID; times are RFC 3339 in UTC with up to six decimals, which sort as text.

CREATE TABLE users (
    id                  BLOB    NOT NULL CONSTRAINT users_pkey PRIMARY KEY CHECK (length(id) = 16),
    username            TEXT    NOT NULL CONSTRAINT users_username_key UNIQUE,
    full_name           TEXT    NOT NULL,
    email               TEXT,
    role                TEXT    NOT NULL CHECK (role IN ('student', 'professor', 'admin')),
    password_hash       TEXT,
    uid                 INTEGER NOT NULL CONSTRAINT users_uid_key UNIQUE CHECK (uid BETWEEN 20000 AND 59999),
    is_active           INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    created_at          TEXT    NOT NULL,
    updated_at          TEXT    NOT NULL,
    password_changed_at TEXT
) STRICT;

-- The next uid to give. It only grows, so that no uid is ever given twice, whoever is deleted.
CREATE TABLE uid_counter (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    next_uid INTEGER NOT NULL CHECK (next_uid BETWEEN 20000 AND 60000)
) STRICT;

INSERT INTO uid_counter (id, next_uid) VALUES (1, 20000);

CREATE TABLE classes (
    id   BLOB NOT NULL CONSTRAINT classes_pkey PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL CONSTRAINT classes_name_key UNIQUE
) STRICT;

-- ClassId::DEFAULT of pythonide-domain.
INSERT INTO classes (id, name) VALUES (X'00000000000070008000000000000001', 'Class');

-- The role of the user says whether they teach or learn.
CREATE TABLE memberships (
    class_id BLOB NOT NULL REFERENCES classes (id) ON DELETE CASCADE,
    user_id  BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT memberships_pkey PRIMARY KEY (class_id, user_id)
) STRICT;

CREATE INDEX memberships_user_id_idx ON memberships (user_id);

CREATE TABLE sessions (
    id           BLOB NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY CHECK (length(id) = 16),
    token_hash   BLOB NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE CHECK (length(token_hash) = 32),
    user_id      BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    ends_at      TEXT NOT NULL,
    user_agent   TEXT,
    address      TEXT
) STRICT;

CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- No foreign key: what a deleted user did stays told.
CREATE TABLE audit (
    id      BLOB NOT NULL CONSTRAINT audit_pkey PRIMARY KEY CHECK (length(id) = 16),
    at      TEXT NOT NULL,
    actor   BLOB CHECK (length(actor) = 16),
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;

CREATE INDEX audit_at_idx ON audit (at, id);
