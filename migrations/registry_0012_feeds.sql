-- Feeds: who is approved for what, which records each consumer was given, which it must stop using and has
-- confirmed, and how webhooks go. A consumer is named by its unified code.

CREATE TABLE IF NOT EXISTS feed_acts (           -- approvals and what became of them: the latest counts
    consumer text NOT NULL,
    number   integer NOT NULL CHECK (number > 0),
    act      text NOT NULL CHECK (act IN ('approved', 'suspended', 'resumed', 'ended')),
    terms    text NOT NULL,                      -- JSON (registry/domain/feeds.py); '' for other acts
    stated_by text NOT NULL,
    reason   text NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (consumer, number)
);

-- Mutable: what a consumer may have in its hands. Without it a stop could tell of what it never had.
CREATE TABLE IF NOT EXISTS feed_holdings (
    subject_id bytea NOT NULL,
    consumer   text NOT NULL,
    log_id     bigint NOT NULL,
    idx        bigint NOT NULL,
    record_id  text NOT NULL,
    held       boolean NOT NULL,                 -- false: a stop was made since it was last given
    PRIMARY KEY (subject_id, consumer, log_id, idx)
);
CREATE INDEX IF NOT EXISTS feed_holdings_of ON feed_holdings (consumer, subject_id) WHERE held;

CREATE TABLE IF NOT EXISTS feed_stops (
    consumer  text NOT NULL,
    number    bigint NOT NULL CHECK (number > 0),
    log_id    bigint NOT NULL,
    idx       bigint NOT NULL,
    record_id text NOT NULL,
    reason    text NOT NULL CHECK (reason IN ('ended', 'out-of-scope')),
    due       date NOT NULL,                     -- the last day to confirm it
    made_at   timestamptz NOT NULL,
    PRIMARY KEY (consumer, number)
);
CREATE INDEX IF NOT EXISTS feed_stops_of ON feed_stops (consumer, log_id, idx, number);

CREATE TABLE IF NOT EXISTS feed_acks (
    consumer text NOT NULL,
    number   bigint NOT NULL,
    at       timestamptz NOT NULL,
    who      text NOT NULL,                      -- the key that confirmed it
    PRIMARY KEY (consumer, number)
);

-- What changed without a commit: publicity ends and acts begin with a day. A sweep is complete when its row is
-- here; its turns never change afterwards, so that a cursor can stand between two of them.
CREATE TABLE IF NOT EXISTS feed_sweeps (
    number  bigint PRIMARY KEY CHECK (number > 0),
    day     date NOT NULL,
    checks  bigint NOT NULL,                     -- the fingerprint of the checks that all records had passed
    acts    bigint NOT NULL,                     -- how many rows feed_acts had
    made_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS feed_turns (
    sweep      bigint NOT NULL,
    log_id     bigint NOT NULL,
    idx        bigint NOT NULL,
    subject_id bytea NOT NULL,
    PRIMARY KEY (sweep, log_id, idx)
);

CREATE TABLE IF NOT EXISTS feed_reads (          -- mutable: the cursor that a consumer was last given, and when
    consumer text PRIMARY KEY,
    cursor   text NOT NULL,
    at       timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS feed_hooks (          -- mutable: one row for each consumer with an address
    consumer text PRIMARY KEY,
    cursor   text NOT NULL,
    failures integer NOT NULL,                   -- of the batch after the cursor
    next_at  timestamptz NOT NULL,
    failure  text NOT NULL                       -- code of what fails, '' while it goes well
);
CREATE TABLE IF NOT EXISTS feed_dead (           -- mutable in its state; no body is kept, only what to build anew
    consumer text NOT NULL,
    number   bigint NOT NULL CHECK (number > 0),
    start    text NOT NULL,
    until    text NOT NULL,
    failure  text NOT NULL,
    at       timestamptz NOT NULL,
    state    text NOT NULL CHECK (state IN ('dead', 'again', 'sent')),
    PRIMARY KEY (consumer, number)
);

GRANT SELECT, INSERT ON feed_acts, feed_holdings, feed_stops, feed_acks, feed_sweeps, feed_turns, feed_reads,
    feed_hooks, feed_dead TO registry_service;
GRANT UPDATE ON feed_holdings, feed_reads, feed_hooks, feed_dead TO registry_service;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['feed_acts', 'feed_stops', 'feed_acks', 'feed_sweeps', 'feed_turns'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', guarded);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
    END LOOP;
END $$;
