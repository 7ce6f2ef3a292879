-- To whom a key of a third party was issued, and under which of its subject's authorisations it read. A key
-- from before names nobody, so it opens nothing but what is public.

ALTER TABLE access_keys ADD COLUMN IF NOT EXISTS party text NOT NULL DEFAULT '';
ALTER TABLE access_log ADD COLUMN IF NOT EXISTS authorisation text DEFAULT '';

CREATE OR REPLACE FUNCTION erase_old_access() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    PERFORM set_config('registry.erasing', 'on', true);
    UPDATE access_log SET salt = NULL, who = NULL, role = NULL, member = NULL, purpose = NULL,
        kind = NULL, subject = NULL, place = NULL, outcome = NULL, authorisation = NULL
        WHERE salt IS NOT NULL AND kept_until <= now();
    GET DIAGNOSTICS erased = ROW_COUNT;
    PERFORM set_config('registry.erasing', 'off', true);
    RETURN erased;
END $$;
REVOKE ALL ON FUNCTION erase_old_access() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_old_access() TO registry_service;
