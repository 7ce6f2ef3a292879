-- Exports to other doors. What stands here is which records went where in which file, and what came back; a
-- file itself is kept nowhere: it is made anew from the log, and must have the digest that stands here.

CREATE TABLE IF NOT EXISTS exports (
    log_id     bigint NOT NULL,
    number     integer NOT NULL CHECK (number > 0),  -- 1, 2, … in each log
    at         timestamptz NOT NULL,
    who        text NOT NULL,                    -- as in the access log: key:… or oidc:…
    role       text NOT NULL,
    unit       text NOT NULL,                    -- of one department; '' of all
    door       text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('penalty', 'permit')),
    form       text NOT NULL CHECK (form IN ('entity', 'person')),
    format     text NOT NULL CHECK (format IN ('xlsx', 'codes', 'xml')),
    act        text NOT NULL CHECK (act IN ('report', 'ended')),
    documents  boolean NOT NULL,                 -- with numbers of identity documents
    department text NOT NULL CHECK (department ~ '^[0-9]{4}$'),
    day        date NOT NULL,
    sequence   integer NOT NULL,
    sha256     bytea NOT NULL CHECK (length(sha256) = 32),
    size       bigint NOT NULL,
    records    integer NOT NULL,
    asked      text NOT NULL,                    -- JSON of registry.exports.model.Wish
    left_out   text NOT NULL,                    -- JSON list of registry.exports.model.LeftOut: the first of them
    left_count integer NOT NULL,
    PRIMARY KEY (log_id, number)
);

CREATE TABLE IF NOT EXISTS export_rows (
    log_id     bigint NOT NULL,
    number     integer NOT NULL,
    row        integer NOT NULL CHECK (row > 0), -- of the file, from 1
    idx        bigint NOT NULL,                  -- of the record in the log
    ended      text NOT NULL,                    -- what became of it, where that is what the file says
    ended_on   date,
    was_number integer NOT NULL,                 -- the file and row it was reported in; 0 for what is reported
    was_row    integer NOT NULL,
    PRIMARY KEY (log_id, number, row)
);
CREATE INDEX IF NOT EXISTS export_rows_of ON export_rows (log_id, idx, number);

CREATE TABLE IF NOT EXISTS export_sequences (    -- mutable
    log_id     bigint NOT NULL,
    department text NOT NULL,
    report     text NOT NULL,
    day        date NOT NULL,
    last       integer NOT NULL,
    PRIMARY KEY (log_id, department, report, day)
);

CREATE TABLE IF NOT EXISTS export_returns (      -- files that a door sent back
    log_id    bigint NOT NULL,
    number    integer NOT NULL,
    turn      integer NOT NULL CHECK (turn > 0),
    at        timestamptz NOT NULL,
    who       text NOT NULL,
    file      text NOT NULL,
    sha256    bytea NOT NULL CHECK (length(sha256) = 32),
    matched   integer NOT NULL,
    unmatched text NOT NULL,                     -- JSON list of registry.exports.returns.Unmatched: the first of them
    PRIMARY KEY (log_id, number, turn)
);

CREATE TABLE IF NOT EXISTS export_results (      -- of rows; the latest counts
    log_id bigint NOT NULL,
    number integer NOT NULL,
    row    integer NOT NULL,
    turn   integer NOT NULL,
    result text NOT NULL CHECK (result IN ('accepted', 'rejected')),
    reason text NOT NULL,
    PRIMARY KEY (log_id, number, row, turn)
);

GRANT SELECT, INSERT ON exports, export_rows, export_sequences, export_returns, export_results
    TO registry_service;
GRANT UPDATE ON export_sequences TO registry_service;
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['exports', 'export_rows', 'export_returns', 'export_results'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', guarded);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
    END LOOP;
END $$;
