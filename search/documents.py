"""What an engine stores: one document per subject, person, record or standard.

A document is built by the caller from the *current* state, never from an event, so that a late
message cannot bring back what has ended. Whatever must not be found must not be in a document.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from search.errors import InvalidDocumentError

VALUE_MAX: Final = 2000
"""Characters of a name, code or number: beyond any real one, and small enough for any index."""
VALUES_MAX: Final = 10_000
"""Values in one field: a large enterprise has some thousand permits and decisions."""
_ID = re.compile(r"[0-9a-f]{1,64}\Z")
UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
"""What PostgreSQL and UTF-8 cannot hold: U+0000 and lone surrogates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One thing that can be found.

    ``id`` is a lowercase hex identifier and ``kind`` a word of the caller (enterprise, person,
    record, standard). ``codes`` identify the thing itself (unified code, registration number,
    organisation code), ``numbers`` the decisions and permits about it. ``cities`` are member codes,
    ``types`` record types and ``severities`` their classes, all only for filters. ``dates`` are the
    first and the last day the document's records speak of. ``text`` is free text for engines that
    search phrases; PostgreSQL does not keep it. ``version`` is the commit the document was built
    at: an older version never replaces a newer one.
    """

    id: str
    kind: str
    name: str
    version: int
    former_names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    dates: tuple[date, date] | None = None
    text: str = ""

    def __post_init__(self) -> None:
        """Refuse what no engine could store or order.

        Raises:
            InvalidDocumentError: for the first rule that is broken.
        """
        if not _ID.match(self.id):
            raise self._invalid(field="id", reason="must be 1 to 64 lowercase hex digits")
        if not 0 <= self.version < 2**63:
            raise self._invalid(field="version", reason="must be a commit number")
        if self.dates is not None and self.dates[0] > self.dates[1]:
            raise self._invalid(field="dates", reason="the first day is after the last")
        for field in ("former_names", "codes", "numbers", "cities", "types", "severities"):
            self._check_values(field, getattr(self, field))
        self._check_values("name", (self.kind, self.name))

    def _check_values(self, field: str, values: tuple[str, ...]) -> None:
        if len(values) > VALUES_MAX:
            raise self._invalid(field=field, reason=f"more than {VALUES_MAX} values")
        for value in values:
            if not value or len(value) > VALUE_MAX or UNSTORABLE.search(value):
                raise self._invalid(field=field, reason="empty, too long, or not storable as text")

    def _invalid(self, *, field: str, reason: str) -> InvalidDocumentError:
        place = f"{self.id[:64]!r}.{field}"
        return InvalidDocumentError(
            zh=f"检索文档 {place} 有误：{reason}", en=f"document {place}: {reason}"
        )


def newest(documents: Iterable[Document]) -> dict[str, Document]:
    """Return one document for each id, the newest; of equal versions the one given last."""
    latest: dict[str, Document] = {}
    for document in documents:
        known = latest.get(document.id)
        if known is None or known.version <= document.version:
            latest[document.id] = document
    return latest
