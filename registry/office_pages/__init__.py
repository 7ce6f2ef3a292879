"""Web pages on which the region keeps its rules: a new yearly list, a member's acts on a rule."""
