"""Which edition of the rule language this software speaks: an input of every decision.

The digest moves with the words of the language by itself; the number is raised by hand whenever
the same words come to mean something else.
"""

from hashlib import sha256
from typing import Final

import msgspec

from registry.rules.language import schema
from registry.rules.load import FILES, OPTIONAL

EDITION: Final = 1

LANGUAGE: Final = (
    f"{EDITION}:"
    + sha256(
        msgspec.json.encode([schema(kind) for kind in (FILES | OPTIONAL).values()], order="sorted")
    ).hexdigest()
)
"""Edition and digest of the published schemas of a book's files."""
