"""Repair notices of Credit China, and the daily reconcile with the national status."""
