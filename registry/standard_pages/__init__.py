"""Web pages about standards: the question, pictures, comparisons, cases, entry (decision 0027)."""
