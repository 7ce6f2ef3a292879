-- Which records speak of which standard: from the identity of a number (prefix, nature, number, part; the
-- year is the edition) to their places, and the words that an edition is searched by. Both are derived,
-- like records, and gone with the body they follow from.

CREATE TABLE IF NOT EXISTS standard_index (
    identity  text NOT NULL CHECK (length(identity) BETWEEN 1 AND 200),
    log_id    bigint NOT NULL,
    idx       bigint NOT NULL,
    role      text NOT NULL,                     -- how the record speaks of it: is, replaces, recognises, ...
    year      smallint NOT NULL,                 -- of the edition; 0: whichever is in force
    grp       text NOT NULL,                     -- shared by the provincial issues of a regional standard, else ''
    territory text NOT NULL,                     -- where a recognition holds, or of whom the standard is, else ''
    about     bytea NOT NULL CHECK (length(about) = 16),  -- the subject of the record, which it is kept by
    PRIMARY KEY (identity, role, log_id, idx, year)
);
CREATE INDEX IF NOT EXISTS standard_index_by_group ON standard_index (grp, role) WHERE grp <> '';
CREATE INDEX IF NOT EXISTS standard_index_by_place ON standard_index (log_id, idx);

CREATE TABLE IF NOT EXISTS standard_words (
    identity text NOT NULL,
    log_id   bigint NOT NULL,
    idx      bigint NOT NULL,
    year     smallint NOT NULL,
    about    bytea NOT NULL CHECK (length(about) = 16),
    words    text NOT NULL,                      -- number, titles and classes in lower case, a space at each end
    PRIMARY KEY (identity, log_id, idx)
);
CREATE INDEX IF NOT EXISTS standard_words_by_place ON standard_words (log_id, idx);

-- By which lists that are looked through whole are read, the newest first (RecordReading.handled).
CREATE INDEX IF NOT EXISTS records_of_handled ON records (type, decided_on DESC, log_id, idx)
    WHERE type IN ('negative_list_item', 'standard_case', 'standard_comparison');

GRANT SELECT, INSERT ON standard_index, standard_words TO registry_service;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['standard_index', 'standard_words'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', guarded);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
    END LOOP;
END $$;

-- As in 0006, and what is looked up by the numbers in a body goes with it.
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
    -- One order at a time, and none beside a voucher or an attachment on its way in (0006).
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
        DELETE FROM standard_index WHERE log_id = erased_log AND idx = erased_idx;
        DELETE FROM standard_words WHERE log_id = erased_log AND idx = erased_idx;
    END IF;
    UPDATE quarantine SET findings = '[]' WHERE log_id = erased_log AND idx = erased_idx;
    PERFORM set_config('registry.erasing', 'off', true);
END $$;
REVOKE ALL ON FUNCTION erase_body(bigint, bigint, text, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_body(bigint, bigint, text, bigint, timestamptz) TO registry_service;
