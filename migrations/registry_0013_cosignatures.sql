-- What other nodes have cosigned of each log, until the charter's quorum has seen it; and who has taken note of
-- which alarm. Neither ever changes.

CREATE TABLE IF NOT EXISTS cosignatures (
    log_id      bigint NOT NULL,
    size        bigint NOT NULL CHECK (size >= 0),
    root        bytea NOT NULL CHECK (length(root) = 32),
    cosigner    text NOT NULL,                   -- name of the key: <node>/witness or <node>/mirror
    key_id      bytea NOT NULL CHECK (length(key_id) = 4),
    line        text NOT NULL,                   -- the verified signature line, with its end
    cosigned_at bigint NOT NULL,                 -- POSIX seconds, as the cosigner states it
    PRIMARY KEY (log_id, size, root, cosigner, key_id)
);

CREATE TABLE IF NOT EXISTS alarms_noted (
    log_id   bigint NOT NULL,
    kind     text NOT NULL,
    digest   bytea NOT NULL CHECK (length(digest) = 32),  -- with log and kind: which alarm
    reason   text NOT NULL CHECK (reason <> ''),
    noted_by text NOT NULL,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (log_id, kind, digest)
);

GRANT SELECT, INSERT ON cosignatures, alarms_noted TO registry_service;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['cosignatures', 'alarms_noted'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', guarded);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
    END LOOP;
END $$;
