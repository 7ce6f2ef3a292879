"""The pages of the clerks' web desk, which work without a script and on a phone."""
