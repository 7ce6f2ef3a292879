-- The clerks' web desk. What stands here are drafts, no records: a submission is a file that a department
-- sent, a parcel is what of it goes on together to review, seal and admission. What has become a record is
-- kept here no longer: its row loses its content and keeps its place in the log.

ALTER TABLE access_keys ADD COLUMN IF NOT EXISTS department text NOT NULL DEFAULT '';

CREATE TABLE IF NOT EXISTS desk_submissions (    -- mutable from "state" on
    id          text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    member      text NOT NULL,                   -- code of the charter's party
    department  text NOT NULL,                   -- '' is the member itself
    file        text NOT NULL,
    made_at     timestamptz NOT NULL,
    prepared_by text NOT NULL,                   -- as in the access log: key:… or oidc:…
    state       text NOT NULL CHECK (state IN ('checking', 'prepared', 'unreadable', 'discarded')),
    lines       integer NOT NULL,                -- rows: about so many until all are read
    done        integer NOT NULL,                -- rows that have been read and checked
    failures    integer NOT NULL,
    wrong_zh    text NOT NULL,                   -- why it cannot be read
    wrong_en    text NOT NULL
);
CREATE INDEX IF NOT EXISTS desk_submissions_of ON desk_submissions (member, made_at);
CREATE INDEX IF NOT EXISTS desk_submissions_waiting ON desk_submissions (made_at) WHERE state = 'checking';

CREATE TABLE IF NOT EXISTS desk_files (          -- mutable: emptied when its rows are read
    submission text PRIMARY KEY,
    content    bytea NOT NULL
);

CREATE TABLE IF NOT EXISTS desk_sheets (         -- the headers of the tables of a file
    submission text NOT NULL,
    sheet      integer NOT NULL,
    title      text NOT NULL,
    form       text NOT NULL,                    -- '' of JSON Lines
    headers    text[] NOT NULL,
    PRIMARY KEY (submission, sheet)
);

CREATE TABLE IF NOT EXISTS desk_rows (           -- mutable
    submission text NOT NULL,
    row        integer NOT NULL CHECK (row > 0), -- 1 to lines, without a gap
    line       integer NOT NULL,                 -- as the file counts
    sheet      integer NOT NULL,
    about      text NOT NULL,                    -- whom it is about, as typed
    cells      text NOT NULL,                    -- JSON list of texts as typed; [] once it is a record
    state      text NOT NULL CHECK (state IN ('good', 'to-fix', 'repeated', 'deleted', 'admitted')),
    version    integer NOT NULL,                 -- of its cells: a change names the one it saw
    found      text NOT NULL,                    -- JSON list of registry.workbench.model.Found
    codes      text NOT NULL,                    -- codes of its warnings, with blanks between
    record_id  text NOT NULL,
    record     bytea NOT NULL,                   -- the record line that passed; empty in all other states
    due        date,                             -- until when the law wants it reported
    clock      text NOT NULL,                    -- by which rule of registry/domain/clocks.toml, and article
    parcel     integer NOT NULL,                 -- 0 while it goes on with none
    idx        bigint,                           -- its place in the log
    PRIMARY KEY (submission, row)
);
CREATE INDEX IF NOT EXISTS desk_rows_id ON desk_rows (submission, record_id) WHERE record_id <> '';
CREATE INDEX IF NOT EXISTS desk_rows_state ON desk_rows (submission, state, row);
CREATE INDEX IF NOT EXISTS desk_rows_parcel ON desk_rows (submission, parcel, row) WHERE parcel > 0;

CREATE TABLE IF NOT EXISTS desk_parcels (        -- mutable
    submission text NOT NULL,
    parcel     integer NOT NULL CHECK (parcel > 0),
    state      text NOT NULL CHECK (state IN ('in-review', 'reviewed', 'rejected', 'sealing', 'admitted')),
    rows       integer NOT NULL,
    sent_at    timestamptz NOT NULL,
    reason     text NOT NULL,                    -- of the rejection
    wrong_zh   text NOT NULL,                    -- why it could not be sealed or sent
    wrong_en   text NOT NULL,
    ended_at   timestamptz,                      -- admitted
    PRIMARY KEY (submission, parcel)
);
CREATE INDEX IF NOT EXISTS desk_parcels_sealing ON desk_parcels (sent_at) WHERE state = 'sealing';

CREATE TABLE IF NOT EXISTS desk_receipts (       -- as verified; records start to size of the log
    submission text NOT NULL,
    parcel     integer NOT NULL,
    start      bigint NOT NULL,
    size       bigint NOT NULL,
    note       bytea NOT NULL,
    PRIMARY KEY (submission, parcel, start)
);

CREATE TABLE IF NOT EXISTS desk_log (            -- who did what when; never what a row says
    submission text NOT NULL,
    number     integer NOT NULL CHECK (number > 0),
    at         timestamptz NOT NULL,
    who        text NOT NULL,
    role       text NOT NULL,
    what       text NOT NULL,
    row        integer NOT NULL,                 -- 0 where it is about no row
    parcel     integer NOT NULL,                 -- 0 where it is about none
    said       text NOT NULL,                    -- columns changed, rows sent, a reason given
    PRIMARY KEY (submission, number)
);

GRANT SELECT, INSERT ON desk_submissions, desk_files, desk_sheets, desk_rows, desk_parcels, desk_receipts,
    desk_log TO registry_service;
GRANT UPDATE ON desk_submissions, desk_files, desk_rows, desk_parcels TO registry_service;
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['desk_sheets', 'desk_receipts', 'desk_log'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', guarded);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
    END LOOP;
END $$;
