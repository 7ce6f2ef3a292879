-- Erasure by order of law: the body of a record goes from every table that holds any of it; its entry,
-- and so every proof, stays. Whoever may be named in the body goes with it: the names stated there, what
-- was found wrong with it, the attachments that no other record names, and the vouchers that tell of it.

ALTER TABLE vouchers ADD COLUMN IF NOT EXISTS entries bytea[] NOT NULL DEFAULT '{}';
CREATE INDEX IF NOT EXISTS vouchers_by_entry ON vouchers USING gin (entries) WHERE file IS NOT NULL;

CREATE OR REPLACE FUNCTION erase_body(
    erased_log bigint, erased_idx bigint, which text, by_idx bigint, at timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted text;
    told bytea;
    whole boolean := which IN ('main', 'both');
BEGIN
    SELECT encode(entry, 'hex'), entry INTO wanted, told FROM entries
        WHERE log_id = erased_log AND idx = erased_idx;
    IF NOT EXISTS (SELECT FROM entries e WHERE e.log_id = erased_log AND e.idx = by_idx
                   AND sha256(e.main) = substring(e.entry FOR 32)
                   AND convert_from(e.main, 'UTF8')::jsonb ->> 'type' = 'erasure_order'
                   AND convert_from(e.main, 'UTF8')::jsonb ->> 'part' = which
                   AND convert_from(e.main, 'UTF8')::jsonb -> 'target' ->> 'entry' = wanted)
       OR EXISTS (SELECT FROM quarantine q WHERE q.log_id = erased_log AND q.idx = by_idx) THEN
        RAISE EXCEPTION 'no erasure order at %/% for %', erased_log, by_idx, erased_idx
            USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO erasures VALUES (erased_log, erased_idx, which, erased_log, by_idx, at)
        ON CONFLICT DO NOTHING;
    PERFORM set_config('registry.erasing', 'on', true);
    UPDATE entries SET
        main = CASE WHEN whole THEN NULL ELSE main END,
        restricted = CASE WHEN which IN ('restricted', 'both') THEN NULL ELSE restricted END
        WHERE log_id = erased_log AND idx = erased_idx;
    UPDATE attachments a SET body = NULL FROM attachment_refs r
        WHERE r.sha256 = a.sha256 AND r.log_id = erased_log AND r.idx = erased_idx
        AND (which = 'both' OR r.restricted = (which = 'restricted'))
        AND NOT EXISTS (SELECT FROM attachment_refs o WHERE o.sha256 = r.sha256
                        AND (o.log_id, o.idx) <> (erased_log, erased_idx)
                        AND NOT EXISTS (SELECT FROM erasures x WHERE x.log_id = o.log_id AND x.idx = o.idx));
    IF whole THEN
        UPDATE vouchers SET file = NULL WHERE file IS NOT NULL AND entries @> ARRAY[told];
        DELETE FROM subject_names WHERE log_id = erased_log AND idx = erased_idx;
    END IF;
    UPDATE quarantine SET findings = '[]' WHERE log_id = erased_log AND idx = erased_idx;
    PERFORM set_config('registry.erasing', 'off', true);
END $$;
REVOKE ALL ON FUNCTION erase_body(bigint, bigint, text, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_body(bigint, bigint, text, bigint, timestamptz) TO registry_service;
