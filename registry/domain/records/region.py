"""Records of the region and its members about rules: rulebook and adoption.

The quorum fixes a rulebook's text; a member's own adoption puts a rule in force in its territory
(domain 0.1.3). The text itself travels as attachments.
"""

from datetime import date
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from registry.domain.records.base import Attachment, Code, Digest, Division, Line, Record


class Rulebook(Record, frozen=True, tag="rulebook"):
    """An edition of the region's rulebook: its files and the digest of the compiled book."""

    edition: Code
    title: Line
    book_digest: Digest
    effective_from: date
    attachments: Annotated[tuple[Attachment, ...], Meta(min_length=1, max_length=16)]


class Adoption(Record, frozen=True, tag="adoption"):
    """A member puts one rule of one edition in force in its territory.

    ``instrument`` is the document number of the member's own act; ``allows`` limits the measures
    to those named (for incentives: the member's own list).
    """

    rule: Code
    edition: Code
    territory: Division
    instrument: Line
    in_force_from: date
    in_force_until: date | UnsetType = UNSET
    allows: Annotated[tuple[Code, ...], Meta(max_length=100)] | UnsetType = UNSET
