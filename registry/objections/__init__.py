"""The objection desk of the member whose record is disputed: taken in, decided, answered."""
