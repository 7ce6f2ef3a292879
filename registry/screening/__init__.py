"""Screening: a list of names or codes, and of each row who that is and what applies to whom.

A screening is a stored job. Its answers are of one *known set*, taken when it is made, so that they
can be made again; and never more than may be shown on the day on which they are looked at.
"""
