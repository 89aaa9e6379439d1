-- Which host keeps which workspace. Keep side by side with ../sqlite/0004_hosts.sql.
-- A host is one process: started again, it is another. Times are the database's own.

CREATE TABLE hosts (
    id          UUID        NOT NULL CONSTRAINT hosts_pkey PRIMARY KEY,
    address     TEXT        NOT NULL,
    version     TEXT        NOT NULL,
    is_draining BOOLEAN     NOT NULL,
    live_until  TIMESTAMPTZ NOT NULL
);

-- No foreign key: a workspace of a host that is gone waits for the next.
CREATE TABLE workspaces (
    owner   TEXT   COLLATE "C" NOT NULL CONSTRAINT workspaces_pkey PRIMARY KEY,
    host_id UUID   NOT NULL,
    fence   BIGINT NOT NULL CHECK (fence > 0)
);
