-- By which the licences of laboratories are read, the newest first (RecordReading.laboratories): some thousands
-- among all records.

CREATE INDEX IF NOT EXISTS records_of_laboratories ON records (decided_on DESC, log_id, idx)
    WHERE type = 'laboratory_scope';
