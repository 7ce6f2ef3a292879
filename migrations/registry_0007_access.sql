-- Who asks: keys that programs show, when each of them ends, and the log of who has read what. A key's
-- secret is never here, only its SHA-256; nor is a name of anybody.

CREATE TABLE IF NOT EXISTS access_keys (
    key_id        text PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{12}$'),
    secret_digest bytea NOT NULL CHECK (length(secret_digest) = 32),
    role          text NOT NULL,
    member        text NOT NULL,
    subject       text NOT NULL,
    territories   text[] NOT NULL,
    matters       text[] NOT NULL,
    label         text NOT NULL,                 -- which system uses it, for those who look after keys
    issued_at     timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL CHECK (expires_at > issued_at),
    replaces      text                           -- the key that this one follows in a rotation
);

CREATE TABLE IF NOT EXISTS access_key_ends (     -- revoked or rotated: the earliest end counts
    key_id   text NOT NULL,
    ends_at  timestamptz NOT NULL,
    stated_at timestamptz NOT NULL,
    reason   text NOT NULL,
    PRIMARY KEY (key_id, stated_at)
);

-- Each row's digest covers the one before it. What was asked is under ``content``, salted, so that it
-- can be erased when its time is over and the chain still holds: see registry/store/access.py.
CREATE TABLE IF NOT EXISTS access_log (
    seq        bigint PRIMARY KEY CHECK (seq > 0),
    at         timestamptz NOT NULL,
    kept_until timestamptz NOT NULL,
    salt       bytea CHECK (length(salt) = 16),  -- NULL, as all that follows to outcome, after the erasure
    who        text,
    role       text,
    member     text,
    purpose    text,
    kind       text,
    subject    text,
    place      text,
    outcome    text,
    content    bytea NOT NULL CHECK (length(content) = 32),
    digest     bytea NOT NULL CHECK (length(digest) = 32)
);
CREATE INDEX IF NOT EXISTS access_log_by_subject ON access_log (subject, at) WHERE subject <> '';
CREATE INDEX IF NOT EXISTS access_log_kept ON access_log (kept_until) WHERE salt IS NOT NULL;

GRANT SELECT, INSERT ON access_keys, access_key_ends, access_log TO registry_service;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['access_keys', 'access_key_ends', 'access_log'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', guarded);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
    END LOOP;
END $$;

-- As erase_old_vouchers: no argument, and nothing but what the rows themselves state.
CREATE OR REPLACE FUNCTION erase_old_access() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    PERFORM set_config('registry.erasing', 'on', true);
    UPDATE access_log SET salt = NULL, who = NULL, role = NULL, member = NULL, purpose = NULL,
        kind = NULL, subject = NULL, place = NULL, outcome = NULL
        WHERE salt IS NOT NULL AND kept_until <= now();
    GET DIAGNOSTICS erased = ROW_COUNT;
    PERFORM set_config('registry.erasing', 'off', true);
    RETURN erased;
END $$;
REVOKE ALL ON FUNCTION erase_old_access() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_old_access() TO registry_service;
