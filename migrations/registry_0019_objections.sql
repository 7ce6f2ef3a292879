-- The objection desk. An objection is no record: what is to be seen of it elsewhere, that a record is disputed
-- and what came of that, is sealed in the member's log. What the subject wrote and sent is erased by rule some
-- time after the end; a letter given is kept as given, unless the record that it speaks of is erased by order.

CREATE TABLE IF NOT EXISTS objections (          -- mutable
    id          text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    number      text NOT NULL,                   -- as it is told to the subject
    member      text NOT NULL,                   -- who handles it: the record's, of a measure the territory's
    department  text NOT NULL,                   -- organ of the record; '' of a measure
    subject     text NOT NULL,                   -- id, in hex
    name        text NOT NULL,
    origin      text NOT NULL,                   -- the record
    idx         bigint NOT NULL,
    record_id   text NOT NULL,
    headline    text NOT NULL,
    organ       text NOT NULL,
    about       text NOT NULL CHECK (about IN ('record', 'period', 'class', 'repair', 'measure')),
    measure     text NOT NULL,
    territory   text NOT NULL,
    received_on date NOT NULL,
    filed_at    timestamptz NOT NULL,
    filed_by    text NOT NULL,                   -- as in the access log: key:… or oidc:…
    counter     boolean NOT NULL,                -- entered by a clerk
    version     integer NOT NULL,                -- a change names the one it saw
    stage       text NOT NULL CHECK (stage IN ('received', 'accepted', 'decided', 'closed')),
    pending     text NOT NULL CHECK (pending IN ('', 'accept', 'decline', 'extend', 'decide')),
    draft       text NOT NULL,                   -- JSON of registry.objections.model.Draft
    accept_by   date NOT NULL,
    decide_by   date NOT NULL,
    extended    boolean NOT NULL,
    forwarded   text NOT NULL,                   -- department or organ that it was sent on to
    reply_by    date,
    reply       text NOT NULL,
    mark_by     date,                            -- until when it is to be marked, then to be unmarked
    mark_idx    bigint,                          -- place of the objection record in the log
    mark_at     text NOT NULL,                   -- submission of the web desk that it is sealed from
    outcome     text NOT NULL CHECK (outcome IN
                    ('', 'declined', 'upheld', 'partly_upheld', 'rejected', 'given_up')),
    consequence text NOT NULL CHECK (consequence IN ('', 'none', 'corrected', 'removed')),
    decided_on  date,
    outcome_idx bigint,
    outcome_at  text NOT NULL,
    correct_by  date,                            -- until when the record is to be corrected or withdrawn
    correct_idx bigint,
    correct_at  text NOT NULL,
    closed_on   date,
    kept_until  timestamptz                      -- then what was written and sent is erased
);
CREATE INDEX IF NOT EXISTS objections_of_member ON objections (member, filed_at);
CREATE INDEX IF NOT EXISTS objections_of_subject ON objections (subject, filed_at);
CREATE INDEX IF NOT EXISTS objections_waiting ON objections (filed_at)  -- looked at twice a second
    WHERE stage IN ('accepted', 'decided') AND about <> 'measure' AND (mark_idx IS NULL OR stage = 'decided')
        OR correct_at <> '' AND correct_idx IS NULL;

CREATE TABLE IF NOT EXISTS objection_contents (  -- what the subject wrote; erased by rule
    objection text PRIMARY KEY,
    person    text NOT NULL,
    contact   text NOT NULL,
    grounds   text NOT NULL
);

CREATE TABLE IF NOT EXISTS objection_files (     -- content NULL: erased
    objection  text NOT NULL,
    number     integer NOT NULL CHECK (number > 0),
    name       text NOT NULL,
    media_type text NOT NULL,
    size       integer NOT NULL,
    content    bytea,
    PRIMARY KEY (objection, number)
);

CREATE TABLE IF NOT EXISTS objection_letters (   -- as given; '' once the record was erased by order
    objection text NOT NULL,
    number    integer NOT NULL CHECK (number > 0),
    kind      text NOT NULL,
    given_at  timestamptz NOT NULL,
    text      text NOT NULL,                     -- JSON of registry.objections.letters.Letter
    PRIMARY KEY (objection, number)
);

CREATE TABLE IF NOT EXISTS objection_log (       -- who did what when
    objection text NOT NULL,
    number    integer NOT NULL CHECK (number > 0),
    at        timestamptz NOT NULL,
    who       text NOT NULL,
    role      text NOT NULL,
    what      text NOT NULL,
    said      text NOT NULL,
    PRIMARY KEY (objection, number)
);

-- Erases what is to go: what was written and sent for objections whose time is over, and all that tells of a
-- record whose body was erased by order. Never what is open.
CREATE OR REPLACE FUNCTION erase_old_objections() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone text[];
    old text[];
BEGIN
    SELECT coalesce(array_agg(o.id), '{}') INTO gone FROM objections o
        JOIN logs l ON l.origin = o.origin
        JOIN erasures x ON x.log_id = l.log_id AND x.idx = o.idx AND x.part <> 'restricted'
        WHERE o.headline <> '';
    SELECT coalesce(array_agg(o.id), '{}') INTO old FROM objections o
        JOIN objection_contents c ON c.objection = o.id AND c.grounds <> ''
        WHERE o.closed_on IS NOT NULL AND o.kept_until <= now();
    IF gone = '{}' AND old = '{}' THEN
        RETURN 0;
    END IF;
    PERFORM set_config('registry.erasing', 'on', true);
    UPDATE objection_contents SET person = '', contact = '', grounds = '' WHERE objection = ANY (gone || old);
    UPDATE objection_files SET name = '', content = NULL WHERE objection = ANY (gone || old);
    UPDATE objections SET reply = '', draft = '' WHERE id = ANY (gone || old);
    UPDATE objections SET name = '', headline = '' WHERE id = ANY (gone);
    UPDATE objection_letters SET text = '' WHERE objection = ANY (gone);
    PERFORM set_config('registry.erasing', 'off', true);
    RETURN cardinality(gone || old);
END $$;
REVOKE ALL ON FUNCTION erase_old_objections() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_old_objections() TO registry_service;

GRANT SELECT, INSERT ON objections, objection_contents, objection_files, objection_letters, objection_log
    TO registry_service;
GRANT UPDATE ON objections TO registry_service;
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['objection_contents', 'objection_files', 'objection_letters',
                                   'objection_log'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', guarded);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
    END LOOP;
END $$;
