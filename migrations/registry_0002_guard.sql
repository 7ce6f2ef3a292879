-- The service's role, and what keeps append-only tables append-only: the role has no UPDATE or
-- DELETE there, and a trigger stops even the owner's slips. Erasure is one definer function.

DO $$
BEGIN
    BEGIN
        CREATE ROLE registry_service LOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- roles belong to the server: another database may have made it, even just now
    END;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO registry_service', current_database());
END $$;

GRANT USAGE ON SCHEMA public TO registry_service;
GRANT SELECT, INSERT ON
    logs, log_heads, checkpoints, commits, entries, tile_hashes, records, quarantine, subjects,
    subject_names, subject_links, charters, attachments, attachment_refs, evidence, cursors
    TO registry_service;
GRANT SELECT ON erasures TO registry_service;
GRANT UPDATE ON log_heads, cursors TO registry_service;

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('registry.erasing', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY[
        'logs', 'checkpoints', 'commits', 'entries', 'tile_hashes', 'records', 'quarantine',
        'subjects', 'subject_names', 'subject_links', 'charters', 'attachments', 'attachment_refs', 'evidence',
        'erasures'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', guarded);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
    END LOOP;
END $$;

-- Takes the body away and leaves entry and proof whole. Only where the named order is itself a
-- record of the same log (an erasure nobody ordered would be a loss, not an erasure); the order is
-- read from its signed body, not from a row that was derived from it. Nobody may call it before
-- orders of erasure are a record type: what is not granted cannot be misused.
CREATE OR REPLACE FUNCTION erase_body(
    erased_log bigint, erased_idx bigint, which text, by_idx bigint, at timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted text;
BEGIN
    SELECT encode(entry, 'hex') INTO wanted FROM entries
        WHERE log_id = erased_log AND idx = erased_idx;
    IF NOT EXISTS (SELECT FROM entries e WHERE e.log_id = erased_log AND e.idx = by_idx
                   AND sha256(e.main) = substring(e.entry FOR 32)
                   AND convert_from(e.main, 'UTF8')::jsonb ->> 'type' = 'erasure_order'
                   AND convert_from(e.main, 'UTF8')::jsonb -> 'target' ->> 'entry' = wanted)
       OR EXISTS (SELECT FROM quarantine q WHERE q.log_id = erased_log AND q.idx = by_idx) THEN
        RAISE EXCEPTION 'no erasure order at %/% for %', erased_log, by_idx, erased_idx
            USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO erasures VALUES (erased_log, erased_idx, which, erased_log, by_idx, at)
        ON CONFLICT DO NOTHING;
    PERFORM set_config('registry.erasing', 'on', true);
    UPDATE entries SET
        main = CASE WHEN which IN ('main', 'both') THEN NULL ELSE main END,
        restricted = CASE WHEN which IN ('restricted', 'both') THEN NULL ELSE restricted END
        WHERE log_id = erased_log AND idx = erased_idx;
    PERFORM set_config('registry.erasing', 'off', true);
END $$;
REVOKE ALL ON FUNCTION erase_body(bigint, bigint, text, bigint, timestamptz) FROM PUBLIC;
