-- Which host keeps which workspace. Keep side by side with ../postgres/0004_hosts.sql.
-- A host is one process: started again, it is another. Times are the database's own.

CREATE TABLE hosts (
    id          BLOB    NOT NULL CONSTRAINT hosts_pkey PRIMARY KEY CHECK (length(id) = 16),
    address     TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    is_draining INTEGER NOT NULL CHECK (is_draining IN (0, 1)),
    live_until  TEXT    NOT NULL
) STRICT;

-- No foreign key: a workspace of a host that is gone waits for the next.
CREATE TABLE workspaces (
    owner   TEXT    NOT NULL CONSTRAINT workspaces_pkey PRIMARY KEY,
    host_id BLOB    NOT NULL CHECK (length(host_id) = 16),
    fence   INTEGER NOT NULL CHECK (fence > 0)
) STRICT;
