"""The HTTP interface for programs: thin handlers, one map of problems, written-out schemas."""
