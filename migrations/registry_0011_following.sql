-- What a node knows of the logs that it follows: the largest tree their homes have shown, how it goes, and
-- each contradiction that was met, with its evidence.

-- Mutable: one row for each log, as cursors are for followers of commits.
CREATE TABLE IF NOT EXISTS follows (
    log_id        bigint PRIMARY KEY,
    size          bigint NOT NULL CHECK (size >= 0),
    root          bytea NOT NULL CHECK (length(root) = 32),
    note          bytea NOT NULL,                -- the checkpoint as the home cosigned it; empty: none yet
    cosigned_at   bigint NOT NULL,               -- POSIX seconds of the home's cosignature
    seen_at       timestamptz,                   -- when the home last showed it; NULL: never
    failing_since timestamptz,                   -- NULL while it goes well
    failure       text NOT NULL                  -- code of what fails, '' while it goes well
);

CREATE TABLE IF NOT EXISTS alarms (
    log_id   bigint NOT NULL,
    kind     text NOT NULL,
    digest   bytea NOT NULL CHECK (length(digest) = 32),  -- of detail and evidence: the same lie is one row
    node     text NOT NULL,
    detail   text NOT NULL,
    evidence bytea NOT NULL,                     -- a signed note, or the digest of an answer: never a body
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (log_id, kind, digest)
);

CREATE TABLE IF NOT EXISTS witnessed (           -- what this node's witness has cosigned of what it follows
    log_id bigint NOT NULL,
    size   bigint NOT NULL,
    root   bytea NOT NULL CHECK (length(root) = 32),
    line   text NOT NULL,
    PRIMARY KEY (log_id, size)
);

GRANT SELECT, INSERT ON follows, alarms, witnessed TO registry_service;
GRANT UPDATE ON follows TO registry_service;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['alarms', 'witnessed'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', guarded);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
    END LOOP;
END $$;
