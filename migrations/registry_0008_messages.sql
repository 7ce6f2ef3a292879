-- By which an inbox is read: the newest records in which one member turns to another.

CREATE INDEX IF NOT EXISTS records_of_messages ON records (decided_on DESC, log_id, idx)
    WHERE type IN ('penalty_push', 'clue_transfer', 'measure_task', 'risk_alert');
