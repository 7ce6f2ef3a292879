"""Clerks' files: spreadsheets and JSON Lines, from cells to records and back."""
