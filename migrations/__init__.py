"""Migrations of a node's database, run in order by ``registry.store.migrate``."""
