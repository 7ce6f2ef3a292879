-- Screenings: lists of names or codes that somebody asks about at once, kept for a period that the row states.
-- Of those found only their ids are stored: what is shown of them is read and weighed anew each time, so that
-- what was repaired or erased since is told nowhere. A screening belongs to whom its owner names.

CREATE TABLE IF NOT EXISTS screenings (          -- mutable from "kept_until" on
    id          text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    owner       text NOT NULL,                   -- as in the access log: key:… or oidc:…
    asked       text NOT NULL,                   -- JSON (registry/screening/model.py), known set included
    made_at     timestamptz NOT NULL,
    lines       integer NOT NULL CHECK (lines BETWEEN 1 AND 50000),
    kept_until  timestamptz NOT NULL,            -- past it the function below removes all of it
    state       text NOT NULL CHECK (state IN ('matching', 'checking', 'done', 'failed')),
    done        integer NOT NULL,                -- rows up to this one have been worked off
    failures    integer NOT NULL,                -- of the rows after it
    turn        bigint NOT NULL,                 -- whose turn it is: the smallest
    checked_seq bigint NOT NULL,                 -- commit and day whose disclosure the results have passed
    checked_on  date NOT NULL,
    degraded    boolean NOT NULL                 -- an index that stood in, or was behind, answered some of it
);
CREATE INDEX IF NOT EXISTS screenings_of ON screenings (owner, made_at);
CREATE INDEX IF NOT EXISTS screenings_waiting ON screenings (turn) WHERE state IN ('matching', 'checking');
CREATE INDEX IF NOT EXISTS screenings_kept ON screenings (kept_until);

CREATE TABLE IF NOT EXISTS screening_rows (      -- what was asked, as it came
    screening text NOT NULL,
    row       integer NOT NULL CHECK (row > 0),  -- 1 to lines, without a gap
    line      integer NOT NULL,                  -- of the file
    name      text NOT NULL,
    code      text NOT NULL,
    problem   text NOT NULL,                     -- why it cannot be asked about, '' if it can
    note      text NOT NULL,                     -- what is odd about it all the same
    same_as   integer NOT NULL,                  -- the earlier row that says the same, 0 if none does
    key       bytea NOT NULL CHECK (length(key) = 16),
    PRIMARY KEY (screening, row)
);

CREATE TABLE IF NOT EXISTS screening_results (   -- mutable: brought up to what may be shown
    screening  text NOT NULL,
    row        integer NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('found', 'uncertain', 'not_found', 'bad')),
    reason     text NOT NULL,
    effect     text NOT NULL,                    -- the strongest of what applies to whom was found, '' if nothing does
    candidates bytea[] NOT NULL,                 -- subject ids that came into question
    PRIMARY KEY (screening, row)
);

CREATE TABLE IF NOT EXISTS screening_judgements ( -- of one owner: is what a row says this subject? The latest counts
    owner      text NOT NULL,
    key        bytea NOT NULL CHECK (length(key) = 16),
    subject_id bytea NOT NULL CHECK (length(subject_id) = 16),
    number     integer NOT NULL CHECK (number > 0),
    judgement  text NOT NULL CHECK (judgement IN ('same', 'different', 'unsure', 'undone')),
    judged_by  text NOT NULL,
    reason     text NOT NULL,
    judged_at  timestamptz NOT NULL,
    PRIMARY KEY (owner, key, subject_id, number)
);

-- A name met as it is written, many at once; by hash, since names may be long.
CREATE INDEX IF NOT EXISTS subject_names_by_name ON subject_names USING hash (name);

GRANT SELECT, INSERT ON screenings, screening_rows, screening_results, screening_judgements TO registry_service;
GRANT UPDATE ON screenings, screening_results TO registry_service;
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['screening_rows', 'screening_judgements'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', guarded);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
    END LOOP;
END $$;

-- Removes what is past the time its own row states, and nothing else.
CREATE OR REPLACE FUNCTION erase_old_screenings() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    PERFORM set_config('registry.erasing', 'on', true);
    DELETE FROM screening_results r USING screenings s WHERE s.id = r.screening AND s.kept_until <= now();
    DELETE FROM screening_rows r USING screenings s WHERE s.id = r.screening AND s.kept_until <= now();
    DELETE FROM screenings WHERE kept_until <= now();
    GET DIAGNOSTICS erased = ROW_COUNT;
    PERFORM set_config('registry.erasing', 'off', true);
    RETURN erased;
END $$;
REVOKE ALL ON FUNCTION erase_old_screenings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_old_screenings() TO registry_service;
