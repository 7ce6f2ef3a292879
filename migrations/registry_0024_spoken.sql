-- Admitting an edition wrote six entries of B-trees for what others write two. Numbers are compared byte by byte,
-- which is what a beginning is looked up by as well, so that one index serves for both; what a record says is
-- found by its place only to be erased, and rows come in the order of their places: a summary of blocks will do.
ALTER TABLE standard_index ALTER identity TYPE text COLLATE "C", ALTER role TYPE text COLLATE "C";
ALTER TABLE standard_words ALTER identity TYPE text COLLATE "C";
DROP INDEX IF EXISTS standard_words_by_beginning, standard_index_by_place, standard_words_by_place;
CREATE INDEX IF NOT EXISTS standard_index_in_blocks ON standard_index USING brin (log_id, idx);
CREATE INDEX IF NOT EXISTS standard_words_in_blocks ON standard_words USING brin (log_id, idx);
