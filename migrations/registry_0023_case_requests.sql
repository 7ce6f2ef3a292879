-- Requests about standards as businesses hand them in on the pages, until an organ of the receiving member logs them
-- under the same id. What a request says is never changed; past its time the function below removes it.
CREATE TABLE IF NOT EXISTS case_requests (       -- append-only
    id         text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'), -- becomes that of the record
    subject    text NOT NULL CHECK (subject ~ '^[0-9a-f]{32}$'),
    member     text NOT NULL,
    made_at    timestamptz NOT NULL,
    kept_until timestamptz NOT NULL,
    asked      text NOT NULL CHECK (length(asked) <= 20000)    -- JSON: the main part of the record, without its salt
);
CREATE INDEX IF NOT EXISTS case_requests_of ON case_requests (subject, made_at);
CREATE INDEX IF NOT EXISTS case_requests_at ON case_requests (member, made_at);
CREATE INDEX IF NOT EXISTS case_requests_kept ON case_requests (kept_until);

GRANT SELECT, INSERT ON case_requests TO registry_service;

-- Removes what is past the time its own row states, and nothing else.
CREATE OR REPLACE FUNCTION erase_old_case_requests() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    DELETE FROM case_requests WHERE kept_until <= now();
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END $$;
REVOKE ALL ON FUNCTION erase_old_case_requests() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_old_case_requests() TO registry_service;
