"""Exports: what a member has reported here goes on to the other doors, from one submission."""
