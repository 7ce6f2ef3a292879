"""Step 3 of publishing: from rows of a file to record lines that passed every check.

Rows come from any form; each is given its salts, encoded, and checked with the code that the node
runs. A row that is sealed already is not sealed again: publishing the same file twice is the same
as publishing it once, whatever happened in between.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from registry.exchange.home import Node
from registry.exchange.sealed import SealedBatch, SealedLog
from registry.forms.files import FormRow, fill, fill_restricted, natural_id
from registry.forms.rows import Part
from registry.ingest.checks import Made, check_made, make_line
from registry.ingest.checks_common import elsewhere
from registry.ingest.reasons import Finding, errors_first, finding, refused
from signing.batch import MAX_HEADER, MAX_RECORDS, MAX_UNPACKED, BatchHeader, encode_batch
from signing.errors import RecordError
from signing.record import encode_record, split_line

Salt = Callable[[], str]
_Make = Callable[[Part, Part | None], Made]
_SALT: Final = re.compile(rb'"salt":"[0-9a-f]{32}"')


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row of the file after its checks; ``line`` is None when it has to be fixed first."""

    form: FormRow
    line: bytes | None
    findings: tuple[Finding, ...]
    repeats: str = ""
    """Id of the record, sealed before, that this row states again."""


class Known:
    """The records that this installation has sealed in a log, by id."""

    def __init__(self, log: SealedLog | None) -> None:
        """Read the ids; record lines stay on disk."""
        self._places: dict[str, tuple[SealedBatch | None, int]] = {}
        self._read: tuple[SealedBatch | None, list[bytes]] = (None, [])
        self._staged: list[bytes] = log.staged() if log else []
        for batch, number, record_id in log.ids() if log else ():
            self._places[record_id] = (batch, number)

    def line(self, record_id: str) -> bytes | None:
        """Return the line of the record with this id, or None."""
        place = self._places.get(record_id)
        if place is None:
            return None
        batch, number = place
        if batch is None:
            return self._staged[number]
        if self._read[0] is not batch:
            self._read = (batch, batch.lines())
        return self._read[1][number]


class RowChecker:
    """Fills, encodes and checks the rows of one file in order."""

    def __init__(self, salt: Salt, known: Known, territory: tuple[str, ...] = ()) -> None:
        """Take the source of salts, what is sealed already, and the member's territory if known."""
        self._territory = territory
        self._salt = salt
        self._known = known
        self._salts: set[str] = set()
        self._seen: dict[str, Said] = {}

    def check(self, form: FormRow) -> Row:
        """Check one row; never raises for content."""
        if form.main is None:
            return Row(form, None, form.findings)
        main = fill(form.main, self._salt())
        part = form.restricted
        restricted = None if part is None else fill_restricted(part, self._salt())
        make = make_line if form.values else _made
        try:
            made, record_id, earlier = self._placed(main, restricted, make)
        except RecordError as error:
            return Row(form, None, errors_first((*form.findings, refused(error))))
        if form.values:  # as typed, it can be given back; what was made of it is in the line
            form = replace(form, main=None, restricted=None)
        if earlier is not None and earlier.digest == said_by(made.line).digest:
            return Row(form, None, (), repeats=record_id)
        return self._checked(form, made, record_id, twice=earlier is not None)

    def _placed(
        self, main: Part, restricted: Part | None, make: _Make
    ) -> tuple[Made, str, "Said | None"]:
        """Return the line, its id, and what has that id already.

        An id by content is shared by namesakes in one decision, whose documents alone tell them
        apart: each further one gets a number behind it, whatever order they come in.
        """
        made = make(main, restricted)
        record_id = stated = str(main.get("id", ""))
        earlier = self._earlier(record_id)
        document = _document(made.line)
        if not document or stated != natural_id(main):
            return made, record_id, earlier
        number = 1
        while earlier is not None and earlier.document not in {"", document}:
            number += 1
            record_id = f"{stated}-{number}"
            earlier = self._earlier(record_id)
        if record_id != stated:
            made = make({**main, "id": record_id}, restricted)
        return made, record_id, earlier

    def _earlier(self, record_id: str) -> "Said | None":
        if record_id in self._seen:
            return self._seen[record_id]
        line = self._known.line(record_id)
        return None if line is None else said_by(line)

    def _checked(self, form: FormRow, made: Made, record_id: str, *, twice: bool) -> Row:
        checked = check_made(made, self._salts)
        found = [*form.findings, *_untold(form, checked.findings)]
        if checked.record is not None:
            found += elsewhere(checked.record, self._territory)
        if twice:
            found.append(finding("duplicate-id", "/id", value=record_id))
        findings = errors_first(found)
        if has_error(findings):
            return Row(form, None, findings)
        self._seen[record_id] = said_by(made.line)
        return Row(form, made.line, findings)


def _untold(form: FormRow, found: tuple[Finding, ...]) -> Iterable[Finding]:
    """Return what is found about a record, but for cells that are wrong by themselves."""
    told = {one.pointer for one in form.findings if one.level == "error" and one.pointer}
    return (one for one in found if one.pointer not in told) if told else found


def _made(main: Part, restricted: Part | None) -> Made:
    """Encode a record that a program wrote: every value is looked at."""
    return Made(encode_record(main, restricted))


def has_error(findings: Iterable[Finding]) -> bool:
    """Tell whether one of the findings keeps a row from being sealed."""
    return any(found.level == "error" for found in findings)


def batches_of(rows: Iterable[Row], most: int = MAX_RECORDS) -> Iterator[list[Row]]:
    """Group rows (good and bad, in order) so that the good ones of a group fit into one batch."""
    group: list[Row] = []
    count, size = 0, MAX_HEADER
    for row in rows:
        length = len(row.line) + 1 if row.line is not None else 0
        if group and (count == most or size + length > MAX_UNPACKED):
            yield group
            group, count, size = [], 0, MAX_HEADER
        group.append(row)
        count += row.line is not None
        size += length
    if group:
        yield group


def check_at_node(node: Node, origin: str, start: int, rows: Sequence[Row]) -> list[Row]:
    """Have the good rows checked by the node, whose tables may be newer; return all rows.

    Raises:
        PublishError: the node gave no usable answer.
        NodeRefusedError: it refused the whole batch.
    """
    checked = list(rows)
    while good := [number for number, row in enumerate(checked) if row.line is not None]:
        lines = [checked[number].line or b"" for number in good]
        header = BatchHeader(origin, start, start + len(lines))
        remarks = node.check(origin, encode_batch(header, lines))
        bad = [remark for remark in remarks if has_error(remark.findings)]
        for remark in bad:
            number = good[remark.row]
            found = errors_first((*checked[number].findings, *remark.findings))
            checked[number] = replace(checked[number], line=None, findings=found)
        if not bad:
            break
        # A node lists only the first bad rows of many: what is sealed has passed a whole check.
    return checked


def _document(line: bytes) -> str:
    """Return the number of the subject's document in a line, or an empty text."""
    _, part = split_line(line)
    document = json.loads(part).get("subject_document") if part is not None else None
    number = document.get("number") if isinstance(document, dict) else None
    return number if isinstance(number, str) else ""


class Said(NamedTuple):
    """What a record says, as far as a later one is compared with it: a large file has many."""

    digest: bytes
    document: str


def said_by(line: bytes) -> Said:
    """Return what a record line says: the digest leaves its salts out."""
    said = blake2b(_SALT.sub(b"", line), digest_size=16)
    return Said(said.digest(), _document(line))
