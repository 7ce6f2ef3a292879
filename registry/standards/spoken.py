"""Of which standards a record speaks, and how: rows by which it is found from a number.

A number that cannot be read has no row: its record is a finding of the checks, not of the index.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from msgspec import UNSET, UnsetType

from registry.domain.records import AnyRecord
from registry.domain.records.standards import (
    ConformityResult,
    GroupStandardUse,
    LaboratoryScope,
    RecognitionChange,
    ResultAcceptance,
    SelfDeclaration,
    Standard,
    StandardCase,
    StandardComparison,
    StandardNotice,
    StandardRecognition,
)
from registry.standards.stated import StatedNumber, read_number

SpokenRow = tuple[str, int, int, str, int, str, str, bytes]
"""Identity of a standard, log, index, role, year, group, territory, subject of the record."""
WordsRow = tuple[str, int, int, int, bytes, str]
"""Identity of a standard, log, index, year, subject of the record, words it is searched by."""
_WORDS_MAX: Final = 2_000
_Said = tuple[str, str, str]
"""Role, number as stated, territory."""
_SIGNS: Final = " /.:-"


class Spoken:
    """What the records of a batch say about standards."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.index: list[SpokenRow] = []
        self.words: list[WordsRow] = []

    def add(self, record: AnyRecord, place: tuple[int, int], about: bytes) -> None:
        """Take what a record says that stands at a place (log id, position)."""
        speaks = _SPEAKERS.get(type(record))
        if speaks is None:
            return
        log_id, idx = place
        rows: list[SpokenRow] = []
        for role, text, territory in speaks(record):
            found = read_number(text)
            if found is not None:
                identity, where = found.identity, territory or found.territory
                shared = "" if found.group == identity else found.group
                year = found.year or 0
                rows.append((identity, log_id, idx, role, year, shared, where, about))
        self.index += rows if len(rows) == 1 else dict.fromkeys(rows)
        if isinstance(record, Standard) and (own := read_number(record.number)) is not None:
            words = words_of(record, own)
            self.words.append((own.identity, log_id, idx, own.year or 0, about, words))

    def taken(self) -> tuple[list[SpokenRow], list[WordsRow]]:
        """Return what was said since the last time, in the order of the index, and forget it."""
        taken = sorted(self.index), sorted(self.words)
        self.index.clear()
        self.words.clear()
        return taken


def words_of(record: Standard, number: StatedNumber) -> str:
    """Return what an edition is searched by: in lower case, with a space at each end.

    The number in its normal form and without spaces and signs, both titles, and as ``ics:…``,
    ``ccs:…``, ``kind:…``, ``of:…`` what it can be narrowed down by.
    """
    bare = number.normal
    for sign in _SIGNS:
        bare = bare.replace(sign, "")
    parts = [number.normal, bare, record.title]
    if record.title_en is not UNSET and record.title_en != record.title:
        parts.append(record.title_en)
    parts += [f"kind:{number.kind}", f"obligation:{record.obligation}"]
    parts += [f"ics:{code}" for code in _all(record.ics)]
    parts += [f"ccs:{code}" for code in _all(record.ccs)]
    if number.territory:
        parts.append(f"of:{number.territory}")
    text = " ".join(parts).lower()
    if "  " in text or not text.isprintable():  # any blank but single spaces is none of those
        text = " ".join(text.split())
    return f" {text[:_WORDS_MAX]} "


def _text(value: str | UnsetType) -> str:
    return "" if value is UNSET else value


def _all(values: tuple[str, ...] | UnsetType) -> tuple[str, ...]:
    return () if values is UNSET else values


def _standard(record: Standard) -> list[_Said]:
    said: list[_Said] = [("is", record.number, "")]
    if record.replaces is not UNSET:
        said += [("replaces", one.number, "") for one in record.replaces]
    if record.replaced_by is not UNSET:
        said += [("replaced_by", one.number, "") for one in record.replaced_by]
    if record.adopts is not UNSET:
        said += [("adopts", one.number, "") for one in record.adopts]
    if record.references is not UNSET:
        said += _each("references", record.references)
    return said


def _notice(record: StandardNotice) -> Iterator[_Said]:
    yield "notice", record.number, ""
    if record.by is not UNSET:
        replacing = record.event in {"replaced", "replaced_in_part"}
        yield "replaced_by" if replacing else "notice", record.by, ""


def _recognition(record: StandardRecognition) -> Iterator[_Said]:
    yield "recognises", record.number, record.territory
    if record.stands_for is not UNSET:
        yield "stands_for", record.stands_for, record.territory
    if record.counterpart is not UNSET:
        yield "counterpart", record.counterpart, _text(record.counterpart_territory)


def _comparison(record: StandardComparison) -> Iterator[_Said]:
    return _each("compares", (record.a, record.b))


def _change(record: RecognitionChange) -> Iterator[_Said]:
    yield "changes", record.number, ""


def _acceptance(record: ResultAcceptance) -> Iterator[_Said]:
    yield "accepts", record.number, record.territory


def _scope(record: LaboratoryScope) -> Iterator[_Said]:
    return _each("method", (item.method for item in record.items))


def _result(record: ConformityResult) -> Iterator[_Said]:
    yield "result", record.number, ""
    yield from _each("method", _all(record.methods))


def _group_use(record: GroupStandardUse) -> Iterator[_Said]:
    return _each("takes_in", (record.number, record.into))


def _declaration(record: SelfDeclaration) -> Iterator[_Said]:
    yield "declares", record.number, ""


def _case(record: StandardCase) -> Iterator[_Said]:
    yield "case", record.number, record.territory


def _each(role: str, numbers: Iterable[str]) -> Iterator[_Said]:
    return ((role, number, "") for number in numbers)


_SPEAKERS: Final[Mapping[type[AnyRecord], Callable[..., Iterable[_Said]]]] = {
    Standard: _standard,
    StandardNotice: _notice,
    StandardComparison: _comparison,
    StandardRecognition: _recognition,
    RecognitionChange: _change,
    ResultAcceptance: _acceptance,
    LaboratoryScope: _scope,
    ConformityResult: _result,
    GroupStandardUse: _group_use,
    SelfDeclaration: _declaration,
    StandardCase: _case,
}
