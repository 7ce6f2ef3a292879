"""Followers: what is derived from the logs by reading commits in order, and can be rebuilt."""
