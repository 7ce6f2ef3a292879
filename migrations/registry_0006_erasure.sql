-- Erasure by order of law: the body of a record goes from every table that holds any of it; its entry,
-- and so every proof, stays. Whoever may be named in the body goes with it: the names stated there, what
-- was found wrong with it, the attachments that no other record names, and the vouchers that tell of it.

ALTER TABLE vouchers ADD COLUMN IF NOT EXISTS entries bytea[] NOT NULL DEFAULT '{}';
CREATE INDEX IF NOT EXISTS vouchers_by_entry ON vouchers USING gin (entries) WHERE file IS NOT NULL;

-- An attachment goes with the part that names it, whoever may download it: evidence that *main* names is
-- not handed out either.
ALTER TABLE attachment_refs ADD COLUMN IF NOT EXISTS part text NOT NULL DEFAULT 'main'
    CHECK (part IN ('main', 'restricted', 'both'));
DO $$
BEGIN
    PERFORM set_config('registry.erasing', 'on', true);
    UPDATE attachment_refs a SET part = 'restricted' WHERE restricted AND part = 'main'
        AND NOT EXISTS (SELECT FROM records r WHERE r.log_id = a.log_id AND r.idx = a.idx
                        AND r.type = 'clue_transfer');
    PERFORM set_config('registry.erasing', 'off', true);
END $$;

-- The namings that stand: those of a part that was not erased.
CREATE OR REPLACE VIEW attachments_named AS
SELECT r.log_id, r.idx, r.sha256, r.size, r.media_type, r.restricted FROM attachment_refs r
WHERE r.part <> 'restricted' AND NOT EXISTS (
        SELECT FROM erasures x WHERE x.log_id = r.log_id AND x.idx = r.idx AND x.part <> 'restricted')
   OR r.part <> 'main' AND NOT EXISTS (
        SELECT FROM erasures x WHERE x.log_id = r.log_id AND x.idx = r.idx AND x.part <> 'main');
GRANT SELECT ON attachments_named TO registry_service;

-- Keeps the bytes of an attachment that is named, and again those that were erased when a later record
-- names them. False: it is named no longer. Never while an order is at work, which would not see them.
CREATE OR REPLACE FUNCTION keep_attachment(digest bytea, content bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE attachments IN ROW EXCLUSIVE MODE;
    IF sha256(content) <> digest OR NOT EXISTS (SELECT FROM attachments_named n WHERE n.sha256 = digest) THEN
        RETURN false;
    END IF;
    PERFORM set_config('registry.erasing', 'on', true);
    INSERT INTO attachments AS a VALUES (digest, length(content), content)
        ON CONFLICT (sha256) DO UPDATE SET size = excluded.size, body = excluded.body WHERE a.body IS NULL;
    PERFORM set_config('registry.erasing', 'off', true);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION keep_attachment(bytea, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_attachment(bytea, bytea) TO registry_service;

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
    -- One order at a time, and none beside a voucher or an attachment on its way in: neither would see
    -- the other.
    LOCK TABLE attachments, vouchers IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO erasures VALUES (erased_log, erased_idx, which, erased_log, by_idx, at)
        ON CONFLICT DO NOTHING;
    PERFORM set_config('registry.erasing', 'on', true);
    UPDATE entries SET
        main = CASE WHEN whole THEN NULL ELSE main END,
        restricted = CASE WHEN which IN ('restricted', 'both') THEN NULL ELSE restricted END
        WHERE log_id = erased_log AND idx = erased_idx;
    UPDATE attachments a SET body = NULL FROM attachment_refs r
        WHERE r.sha256 = a.sha256 AND r.log_id = erased_log AND r.idx = erased_idx
        AND NOT EXISTS (SELECT FROM attachments_named n WHERE n.sha256 = a.sha256);
    IF whole THEN
        UPDATE vouchers SET file = NULL WHERE file IS NOT NULL AND entries @> ARRAY[told];
        DELETE FROM subject_names WHERE log_id = erased_log AND idx = erased_idx;
    END IF;
    UPDATE quarantine SET findings = '[]' WHERE log_id = erased_log AND idx = erased_idx;
    PERFORM set_config('registry.erasing', 'off', true);
END $$;
REVOKE ALL ON FUNCTION erase_body(bigint, bigint, text, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_body(bigint, bigint, text, bigint, timestamptz) TO registry_service;
