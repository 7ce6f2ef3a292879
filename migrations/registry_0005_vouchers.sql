-- Vouchers (查询凭证): what a node has signed as evidence for a file, found by its code. The only personal
-- data of those who ask are inside the file. They are kept for a period that the row states, and then
-- erased by the function below; code, digest and moment stay, so that a paper can still be told genuine.

CREATE TABLE IF NOT EXISTS vouchers (
    code       text PRIMARY KEY CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{16}$'),
    digest     bytea NOT NULL CHECK (length(digest) = 32),
    issued_at  timestamptz NOT NULL,
    kept_until timestamptz NOT NULL,
    file       bytea CHECK (length(file) <= 1048576)   -- deflated; NULL after the erasure
);
CREATE INDEX IF NOT EXISTS vouchers_by_time ON vouchers (issued_at);
CREATE INDEX IF NOT EXISTS vouchers_kept ON vouchers (kept_until) WHERE file IS NOT NULL;

GRANT SELECT, INSERT ON vouchers TO registry_service;
DROP TRIGGER IF EXISTS append_only ON vouchers;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON vouchers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The one function with the owner's rights that the service may call: it takes no argument, and can do
-- nothing but what the rows themselves state.
CREATE OR REPLACE FUNCTION erase_old_vouchers() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    PERFORM set_config('registry.erasing', 'on', true);
    UPDATE vouchers SET file = NULL WHERE file IS NOT NULL AND kept_until <= now();
    GET DIAGNOSTICS erased = ROW_COUNT;
    PERFORM set_config('registry.erasing', 'off', true);
    RETURN erased;
END $$;
REVOKE ALL ON FUNCTION erase_old_vouchers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_old_vouchers() TO registry_service;
