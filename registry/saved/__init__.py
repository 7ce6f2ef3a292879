"""Saved searches: a question somebody asks again and again, and what is new since he last looked.

Nothing is worked out per commit: what is new is read when it is looked at, with the eyes its owner
has then, and compared with what he has seen. So nothing is lost when a node stops or an index is
built anew, and what was repaired since is told nowhere (decision 0031).
"""
