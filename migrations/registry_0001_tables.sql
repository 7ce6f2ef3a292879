-- Tables of a node. Append-only unless said otherwise: see registry_0002_guard.sql.
-- Every big table has its distribution column (subject_id or log_id) in its key; no foreign key or
-- unique constraint crosses that line.

CREATE TABLE IF NOT EXISTS logs (
    log_id      bigint PRIMARY KEY,              -- first 63 bits of SHA-256(origin): equal on all nodes
    origin      text NOT NULL UNIQUE,
    party_code  text NOT NULL
);

-- Mutable: the head of each log, locked for the length of an admission.
CREATE TABLE IF NOT EXISTS log_heads (
    log_id        bigint PRIMARY KEY,
    size          bigint NOT NULL CHECK (size >= 0),
    root          bytea NOT NULL CHECK (length(root) = 32),
    compact_range bytea NOT NULL,
    cosigned_at   bigint NOT NULL DEFAULT 0      -- POSIX seconds of the last cosignature
);

CREATE TABLE IF NOT EXISTS checkpoints (
    log_id          bigint NOT NULL,
    size            bigint NOT NULL,
    note_digest     bytea NOT NULL,              -- SHA-256 of the note, the log's own lines only
    note            bytea NOT NULL,
    root            bytea NOT NULL,
    charter_version integer NOT NULL,
    receipt         bytea,                       -- note with the mirror's line; NULL: refilled, not cosigned here
    cosigned_at     bigint NOT NULL,
    PRIMARY KEY (log_id, size, note_digest)
);

CREATE TABLE IF NOT EXISTS commits (
    seq             bigint PRIMARY KEY,
    log_id          bigint NOT NULL,
    start_idx       bigint NOT NULL,
    end_idx         bigint NOT NULL,
    charter_version integer NOT NULL,
    committed_at    timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS commits_by_log ON commits (log_id, end_idx);

CREATE TABLE IF NOT EXISTS entries (
    log_id     bigint NOT NULL,
    idx        bigint NOT NULL,
    entry      bytea NOT NULL CHECK (length(entry) = 64),
    main       bytea,                            -- NULL only after an erasure
    restricted bytea,
    PRIMARY KEY (log_id, idx)
);

CREATE TABLE IF NOT EXISTS tile_hashes (         -- hash of each full subtree of 256^level leaves
    log_id bigint NOT NULL,
    level  smallint NOT NULL CHECK (level >= 1),
    idx    bigint NOT NULL,
    hash   bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (log_id, level, idx)
);

CREATE TABLE IF NOT EXISTS records (
    subject_id bytea NOT NULL CHECK (length(subject_id) = 16),
    log_id     bigint NOT NULL,
    idx        bigint NOT NULL,
    type       text NOT NULL,
    record_id  text NOT NULL,
    decided_on date NOT NULL,
    list_code  text NOT NULL DEFAULT '',
    target_log bigint,                           -- acts only: log and id of the record acted on,
    target_id  text,                             -- resolved when read: it may come later, or never
    competent  boolean NOT NULL DEFAULT true,    -- false: stored, flagged not-competent, no effect
    flags      text[] NOT NULL DEFAULT '{}',     -- codes of warnings
    PRIMARY KEY (subject_id, log_id, idx)
);
CREATE INDEX IF NOT EXISTS records_by_id ON records (log_id, record_id);
CREATE INDEX IF NOT EXISTS records_by_target ON records (target_log, target_id) WHERE target_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS records_of_region ON records (type, log_id, idx) WHERE type IN ('rulebook', 'adoption');

CREATE TABLE IF NOT EXISTS quarantine (          -- signed and logged, but an error check failed: no effect, not shown
    log_id   bigint NOT NULL,
    idx      bigint NOT NULL,
    codes    text[] NOT NULL,
    findings jsonb NOT NULL,
    PRIMARY KEY (log_id, idx)
);

CREATE TABLE IF NOT EXISTS subjects (
    subject_id bytea PRIMARY KEY CHECK (length(subject_id) = 16),
    scheme     text NOT NULL,                    -- uscc | regno | orgcode | person | record
    identifier text NOT NULL,                    -- '' for persons: the document number is never here
    kind       text NOT NULL,
    orgcode    text NOT NULL DEFAULT ''          -- organisation code, also the one inside a unified code
);
CREATE INDEX IF NOT EXISTS subjects_by_orgcode ON subjects (orgcode) WHERE orgcode <> '';

CREATE TABLE IF NOT EXISTS subject_names (
    subject_id bytea NOT NULL,
    name       text NOT NULL,
    stated_on  date NOT NULL,
    former     boolean NOT NULL,                 -- stated as a former name
    log_id     bigint NOT NULL,
    idx        bigint NOT NULL,
    PRIMARY KEY (subject_id, name, stated_on, former)
);

CREATE TABLE IF NOT EXISTS subject_links (       -- judgements same / different; the latest counts
    subject_id bytea NOT NULL,
    other_id   bytea NOT NULL,
    judgement  text NOT NULL CHECK (judgement IN ('same', 'different', 'undone')),
    reason     text NOT NULL,
    log_id     bigint,
    idx        bigint,
    judged_at  timestamptz NOT NULL,
    PRIMARY KEY (subject_id, other_id, judged_at)
);

CREATE INDEX IF NOT EXISTS subject_links_by_other ON subject_links (other_id);

CREATE TABLE IF NOT EXISTS charters (
    version  integer PRIMARY KEY,
    note     bytea NOT NULL,
    digest   bytea NOT NULL,
    added_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS attachments (
    sha256 bytea PRIMARY KEY CHECK (length(sha256) = 32),
    size   bigint NOT NULL,
    body   bytea
);

CREATE TABLE IF NOT EXISTS attachment_refs (     -- which admitted record names which attachment
    log_id     bigint NOT NULL,
    idx        bigint NOT NULL,
    sha256     bytea NOT NULL,
    size       bigint NOT NULL,
    media_type text NOT NULL,
    restricted boolean NOT NULL,
    PRIMARY KEY (log_id, idx, sha256)
);
CREATE INDEX IF NOT EXISTS attachment_refs_by_digest ON attachment_refs (sha256);

CREATE TABLE IF NOT EXISTS evidence (            -- signed checkpoints that contradict the stored log
    log_id      bigint NOT NULL,
    note_digest bytea NOT NULL,                  -- SHA-256 of the signed text: one row for each tree
    kind        text NOT NULL,
    note        bytea NOT NULL,
    stored_size bigint NOT NULL,
    noted_at    timestamptz NOT NULL,
    PRIMARY KEY (log_id, note_digest, kind)
);

CREATE TABLE IF NOT EXISTS erasures (
    log_id    bigint NOT NULL,
    idx       bigint NOT NULL,
    part      text NOT NULL CHECK (part IN ('main', 'restricted', 'both')),
    order_log bigint NOT NULL,                   -- the record that orders it
    order_idx bigint NOT NULL,
    erased_at timestamptz NOT NULL,
    PRIMARY KEY (log_id, idx, part)
);

-- Mutable: how far each follower has read.
CREATE TABLE IF NOT EXISTS cursors (
    name text PRIMARY KEY,
    seq  bigint NOT NULL
);
