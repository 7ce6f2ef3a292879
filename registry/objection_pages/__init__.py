"""The pages of the objection desk, which work without a script and on a phone."""
