-- The daily reconcile: what the national side says of a member's records against what this node shows of
-- them. A run is one file on one day against one known set; what differs is kept with the place of the
-- record, not with what it says, so that what is erased by order stands in no difference that was paired.

CREATE TABLE IF NOT EXISTS reconcile_runs (      -- mutable from "state" on
    id         text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    member     text NOT NULL,                    -- code of the charter's party
    file       text NOT NULL,
    digest     bytea NOT NULL CHECK (length(digest) = 32),
    made_at    timestamptz NOT NULL,
    made_by    text NOT NULL,                    -- as in the access log: key:… or oidc:…; operator at the node
    state      text NOT NULL CHECK (state IN ('waiting', 'done', 'unreadable')),
    failures   integer NOT NULL,
    day        date,                             -- what is shown was judged for; with the known set of the log
    size       bigint,
    root       bytea,
    lines      integer NOT NULL,                 -- rows of the file
    ours       integer NOT NULL,                 -- records that were compared
    apart      integer NOT NULL,                 -- records that cannot be: no unified code or no number
    counts     text NOT NULL,                    -- JSON: differences by kind
    ended_at   timestamptz,
    wrong_zh   text NOT NULL,                    -- why the file cannot be read
    wrong_en   text NOT NULL
);
CREATE INDEX IF NOT EXISTS reconcile_runs_of ON reconcile_runs (member, made_at);
CREATE INDEX IF NOT EXISTS reconcile_runs_waiting ON reconcile_runs (made_at) WHERE state = 'waiting';

CREATE TABLE IF NOT EXISTS reconcile_files (     -- mutable: emptied when its run is over
    run     text PRIMARY KEY,
    content bytea NOT NULL
);

CREATE TABLE IF NOT EXISTS reconcile_differences (
    run     text NOT NULL,
    number  integer NOT NULL CHECK (number > 0), -- what is to be acted on comes first
    kind    text NOT NULL,                       -- one of registry.reconciling.model.KINDS
    line    integer NOT NULL,                    -- of the file, 0 where it has none
    idx     bigint,                              -- of the member's log, where it has one
    columns text[] NOT NULL,                     -- what differs, or is wrong in the row
    theirs  text NOT NULL,                       -- JSON: what the row says; of a paired one without number and code
    holder  text NOT NULL,                       -- code of another member that holds such a record
    act     text NOT NULL,                       -- type of the record that would end it here
    due     date,                                -- until when that has to be
    clock   text NOT NULL,                       -- by which rule of registry/domain/clocks.toml, and article
    PRIMARY KEY (run, number)
);
CREATE INDEX IF NOT EXISTS reconcile_differences_kind ON reconcile_differences (run, kind, number);

CREATE TABLE IF NOT EXISTS reconcile_deeds (     -- what was done about a difference; the latest counts
    run    text NOT NULL,
    number integer NOT NULL,
    serial integer NOT NULL CHECK (serial > 0),
    at     timestamptz NOT NULL,
    who    text NOT NULL,
    role   text NOT NULL,
    what   text NOT NULL CHECK (what IN ('drafted', 'reported', 'noted')),
    said   text NOT NULL,                        -- the submission of the desk, or a note
    PRIMARY KEY (run, number, serial)
);

GRANT SELECT, INSERT ON reconcile_runs, reconcile_files, reconcile_differences, reconcile_deeds
    TO registry_service;
GRANT UPDATE ON reconcile_runs, reconcile_files TO registry_service;
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['reconcile_differences', 'reconcile_deeds'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', guarded);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
    END LOOP;
END $$;
