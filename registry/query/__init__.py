"""The read side: find, subject file, decision, record with proof, logs, coverage, rulebook."""
