"""Records found by what they say: an engine recalls, the current state decides what is shown."""
