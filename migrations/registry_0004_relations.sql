-- Who else a relation record names: found from the other end. Derived, like records. And who judged
-- two subjects the same or different: shown beside the judgement; empty for what a record states.

CREATE TABLE IF NOT EXISTS relations (
    subject_id bytea NOT NULL CHECK (length(subject_id) = 16),
    log_id     bigint NOT NULL,
    idx        bigint NOT NULL,
    about      bytea NOT NULL CHECK (length(about) = 16),   -- the subject of the record, which it is kept by
    PRIMARY KEY (subject_id, log_id, idx)
);
GRANT SELECT, INSERT ON relations TO registry_service;
DROP TRIGGER IF EXISTS append_only ON relations;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON relations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE subject_links ADD COLUMN IF NOT EXISTS judged_by text NOT NULL DEFAULT '';
