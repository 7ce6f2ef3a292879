-- Reports (信用信息查询报告): what was recorded about one subject, signed for itself or for whom it has authorised,
-- found by its code. Like a voucher one is kept for a period that the row states, and then erased by the function
-- below; code, digest and moment stay, so that a paper can still be told genuine.

CREATE TABLE IF NOT EXISTS reports (
    code       text PRIMARY KEY CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{16}$'),
    digest     bytea NOT NULL CHECK (length(digest) = 32),
    issued_at  timestamptz NOT NULL,
    kept_until timestamptz NOT NULL,
    subject_id bytea CHECK (length(subject_id) = 16),  -- NULL after the erasure, as all that follows
    owner      text,                                   -- who took it, as in the access log: key:… or oidc:…
    asked      text CHECK (length(asked) <= 10000),    -- JSON (registry/reports/model.py)
    file       bytea CHECK (length(file) <= 4194304),  -- deflated; NULL, too, once a record in it is erased by order
    entries    bytea[] NOT NULL                        -- of the records in it, and of what its measures rest on
);
CREATE INDEX IF NOT EXISTS reports_of ON reports (subject_id, issued_at) WHERE subject_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS reports_by_owner ON reports (owner, issued_at) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS reports_kept ON reports (kept_until) WHERE subject_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS reports_by_entry ON reports USING gin (entries) WHERE file IS NOT NULL;

GRANT SELECT, INSERT ON reports TO registry_service;
DROP TRIGGER IF EXISTS append_only ON reports;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reports
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- As erase_old_vouchers: no argument, and nothing but what the rows themselves state.
CREATE OR REPLACE FUNCTION erase_old_reports() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    PERFORM set_config('registry.erasing', 'on', true);
    UPDATE reports SET subject_id = NULL, owner = NULL, asked = NULL, file = NULL, entries = '{}'
        WHERE subject_id IS NOT NULL AND kept_until <= now();
    GET DIAGNOSTICS erased = ROW_COUNT;
    PERFORM set_config('registry.erasing', 'off', true);
    RETURN erased;
END $$;
REVOKE ALL ON FUNCTION erase_old_reports() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_old_reports() TO registry_service;

-- The order that takes a record's body takes the reports that tell of it. None is on its way in meanwhile: it
-- would not see the order.
CREATE OR REPLACE FUNCTION erase_reports_of() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE reports IN SHARE ROW EXCLUSIVE MODE;
    PERFORM set_config('registry.erasing', 'on', true);
    UPDATE reports SET file = NULL WHERE file IS NOT NULL AND entries @> ARRAY[(
        SELECT entry FROM entries e WHERE e.log_id = NEW.log_id AND e.idx = NEW.idx)];
    PERFORM set_config('registry.erasing', 'off', true);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION erase_reports_of() FROM PUBLIC;
DROP TRIGGER IF EXISTS reports_told ON erasures;
CREATE TRIGGER reports_told AFTER INSERT ON erasures FOR EACH ROW WHEN (NEW.part <> 'restricted')
    EXECUTE FUNCTION erase_reports_of();
