"""Standards: numbers, editions, comparison, competence, and the one question. No I/O."""
