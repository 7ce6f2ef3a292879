-- Which kinds of record each log holds: coverage is said beside every answer, and nothing counts over
-- big tables there. Derived, like records; and an index by which lists are followed over the years.

CREATE TABLE IF NOT EXISTS kinds (
    log_id    bigint NOT NULL,
    type      text NOT NULL,
    list_code text NOT NULL,
    PRIMARY KEY (log_id, type, list_code)
);
GRANT SELECT, INSERT ON kinds TO registry_service;
DROP TRIGGER IF EXISTS append_only ON kinds;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kinds
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
INSERT INTO kinds SELECT DISTINCT log_id, type, list_code FROM records ON CONFLICT DO NOTHING;

CREATE INDEX IF NOT EXISTS records_of_lists ON records (list_code, log_id, decided_on)
    WHERE list_code <> '';
