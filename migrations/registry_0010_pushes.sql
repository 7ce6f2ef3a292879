-- By which pushes are derived: of each type the newest records that cause a measure, or say what came of one.

CREATE INDEX IF NOT EXISTS records_of_pushes ON records (type, decided_on DESC, log_id, idx)
    WHERE type IN ('list_entry', 'penalty', 'measure_use', 'measure_feedback', 'measure_reply');
