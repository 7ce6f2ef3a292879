-- Numbers of standards by their beginning, as somebody types one; whatever order the database's collation has.
CREATE INDEX IF NOT EXISTS standard_words_by_beginning ON standard_words (identity text_pattern_ops);

-- Saved searches: a question that somebody asks again and again, and up to where he has seen what came of it.
-- Of that only ids, commits and digests are stored: what is told is read anew each time, so that what was repaired
-- or erased since is told nowhere. A saved search belongs to whom its owner names.
CREATE TABLE IF NOT EXISTS saved_searches (      -- mutable from "used_at" on
    id         text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    owner      text NOT NULL,                    -- as in the access log: key:… or oidc:…
    asked      text NOT NULL CHECK (length(asked) <= 20000), -- JSON (registry/saved/model.py)
    made_at    timestamptz NOT NULL,
    kept_until timestamptz NOT NULL,             -- past it the function below removes it; each use puts it off
    looks      bigint NOT NULL,                  -- how often it was looked at: names the look that is marked as seen
    looked     text NOT NULL CHECK (length(looked) <= 60000), -- JSON: what the last look has seen
    seen       text NOT NULL CHECK (length(seen) <= 60000)    -- JSON: what counts as seen
);
CREATE INDEX IF NOT EXISTS saved_searches_of ON saved_searches (owner, made_at);
CREATE INDEX IF NOT EXISTS saved_searches_kept ON saved_searches (kept_until);

GRANT SELECT, INSERT, UPDATE ON saved_searches TO registry_service;

-- Removes what is past the time its own row states, and nothing else.
CREATE OR REPLACE FUNCTION erase_old_saved_searches() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    DELETE FROM saved_searches WHERE kept_until <= now();
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END $$;
REVOKE ALL ON FUNCTION erase_old_saved_searches() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_old_saved_searches() TO registry_service;
