"""From a clerk's file to rows of drafts, checked as at the door; and one row read again.

The cells of a row are kept as typed, so that it can be read again under the same headers. Rows of
JSON Lines have one cell, the text of the record.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Final

import msgspec
from msgspec.structs import replace as changed

from registry.domain.clock_book import CLOCKS, TRACKS, Clock
from registry.domain.clock_reporting import reporting_end, reporting_window
from registry.domain.clocks import Window
from registry.domain.disclosure import of_market_regulation
from registry.domain.records import decode_main
from registry.errors import MalformedRefusal, TooLargeRefusal
from registry.exchange.rows import Known, Row, RowChecker, has_error, said_by
from registry.forms.cells import FormRow
from registry.forms.files import FormDefaults, open_file
from registry.forms.jsonl import read_jsonl
from registry.forms.rows import Part
from registry.forms.table import reread
from registry.ingest.reasons import finding
from registry.store.workbench import KeptRow, KeptSheet
from registry.workbench.model import cells_of, found_about, found_of, found_text
from signing.charter import Charter, Party
from signing.record import split_line

ROWS_MAX: Final = 50_000
AT_ONCE: Final = 500
"""Rows read, checked and stored together."""
_ABOUT_MAX: Final = 60
_ELSEWHERE: Final = "organ-elsewhere"
_ORGAN: Final = "/authority/name"
"""Where that is told: a template has a column for the organ, and none for its division."""
_REPORTED: Final = frozenset({"penalty", "permit"})
_JSON: Final = KeptSheet(0, "", "", ())

Stated = Mapping[str, tuple[int, bytes]]
"""What a log bears already: place and line by id."""


def new_salt() -> str:
    """Return 32 random lowercase hexadecimal digits."""
    return secrets.token_hex(16)


class Member:
    """For whom rows are read: the territory of a member, and the names of the others."""

    def __init__(self, charter: Charter, party: Party, department: str) -> None:
        """Take the charter in force and the member; a department stands as source unit."""
        self.territory = party.territory
        self.defaults = FormDefaults(division=party.code, source_unit=department or None)
        self._others = {
            one.name: one.code
            for one in charter.parties
            if one.rank != "region" and one.code not in party.territory
        }

    def placed(self, form: FormRow) -> FormRow:
        """Let an organ that bears the name of another member's place be one of that place.

        A template has no column for the division, and the default would make it one of ours.
        """
        authority = form.main.get("authority") if form.main else None
        if isinstance(authority, dict) and isinstance(name := authority.get("name"), str):
            other = next((c for n, c in self._others.items() if name.strip().startswith(n)), None)
            if other is not None and authority.get("division") == self.defaults.division:
                authority["division"] = other
        return form

    def checker(self) -> RowChecker:
        """Return what checks the rows of one file."""
        return RowChecker(new_salt, Known(None), self.territory)


class Reading:
    """Reads and checks a file from its beginning, so many rows at a time."""

    def __init__(self, content: bytes, member: Member) -> None:
        """Take the bytes; raises Refusal where they are no file that can be read."""
        self._member = member
        self._file = open_file(content, member.defaults)
        self._checker = member.checker()
        self._rows = iter(self._file.rows)
        self._letters: Mapping[str, str] | None = None
        self._sheet = _JSON
        self.total = min(self._file.total, ROWS_MAX)
        self.done = 0

    def next(self) -> tuple[list[KeptSheet], list[KeptRow]]:
        """Return the next rows and the tables that begin among them; none: that was all.

        Raises:
            Refusal: no form is found in the file, or it has too many rows (``too-many-rows``).
        """
        sheets: list[KeptSheet] = []
        rows: list[KeptRow] = []
        for form in islice(self._rows, AT_ONCE):
            self.done += 1
            if self.done > ROWS_MAX:
                raise TooLargeRefusal(
                    f"一个文件最多 {ROWS_MAX} 行，请分成几个文件。",
                    f"A file has at most {ROWS_MAX} rows: send it in parts.",
                    code="too-many-rows",
                )
            if form.letters and form.letters is not self._letters:
                self._sheet = _sheet(form, self._sheet.sheet + 1)
                self._letters = form.letters
                sheets.append(self._sheet)
            row = self._checker.check(self._member.placed(form))
            rows.append(kept(self.done, self._sheet.sheet, form, row))
        return sheets, rows

    @property
    def left_out(self) -> int:
        """How many rows and sheets were read as no records."""
        return len(self._file.left_out)


def _sheet(form: FormRow, number: int) -> KeptSheet:
    """Return the headers of the table that a row is of, each in its column."""
    places = {header: place for place, header in enumerate(form.values)}
    width = max((_place(letters) for letters in form.letters.values()), default=0)
    headers = [""] * width
    for header in places:
        if header:
            headers[_place(form.letters[header]) - 1] = header
    return KeptSheet(number, form.sheet, form.form or "", headers)


def _place(letters: str) -> int:
    """Return the number of a column from its letters, A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def kept(number: int, sheet: int, form: FormRow, row: Row, version: int = 1) -> KeptRow:
    """Return a checked row as it is kept; another city's record is refused here."""
    findings = tuple(
        replace(one, level="error", pointer=_ORGAN) if one.code == _ELSEWHERE else one
        for one in row.findings
    )
    bad = row.line is None and not row.repeats
    line = b"" if bad or has_error(findings) or row.repeats else row.line or b""
    state = "repeated" if row.repeats else "good" if line else "to-fix"
    warned = dict.fromkeys(one.code for one in findings if one.level == "warning")
    return KeptRow(
        *(number, form.row, sheet, _about(form), _cells(form), state, version),
        found_text(found_about(form, findings)),
        " ".join(warned),
        row.repeats or _id_of(form.main),
        line,
        *_due(form.main, line),
    )


def drafted_row(main: Part, member: Member) -> KeptRow:
    """Return a record that a program has drafted as a row that passed.

    Raises:
        MalformedRefusal: it would not pass (``draft-unsound``); the text says why.
    """
    form = member.placed(FormRow(1, {}, main, None, ()))
    row = kept(1, 0, form, member.checker().check(form))
    if row.state == "good":
        return row
    found = found_of(row.found)
    raise MalformedRefusal(
        "拟报送的信息未通过校验：" + "；".join(one.zh for one in found),
        "The record would not pass: " + "; ".join(one.en for one in found),
        code="draft-unsound",
    )


def _cells(form: FormRow) -> str:
    """Return the texts of a row as JSON: in the order of its columns, or the one of a JSON row."""
    if form.letters:
        texts = [""] * max(map(_place, form.letters.values()))
        for header, letters in form.letters.items():
            texts[_place(letters) - 1] = form.values[header]
    elif form.main is None:
        texts = [form.values["json"]]
    else:
        whole = {"main": form.main} | ({"restricted": form.restricted} if form.restricted else {})
        texts = [msgspec.json.encode(whole).decode()]
    return msgspec.json.encode(texts).decode()


def _about(form: FormRow) -> str:
    subject = form.main.get("subject") if form.main else None
    name = subject.get("name") if isinstance(subject, dict) else None
    said = name if isinstance(name, str) else next(filter(None, form.values.values()), "")
    return said[:_ABOUT_MAX]


def _id_of(main: Part | None) -> str:
    said = main.get("id") if main else ""
    return said if isinstance(said, str) and said.isprintable() else ""


def _due(main: Part | None, line: bytes) -> tuple[date | None, str]:
    """Return until when the law wants a decision reported, and by which rule and article.

    Of a row that did not pass as far as it says what it is.
    """
    if main is None or not isinstance(kind := main.get("type"), str) or kind not in _REPORTED:
        return None, ""
    if line:
        window = reporting_window(decode_main(split_line(line)[0]))
        return (None, "") if window is None else (window.last, clock_name(window))
    organ = main.get("authority")
    said = (
        [str(organ.get(name, "")) for name in ("kind", "name")] if isinstance(organ, dict) else []
    )
    market = kind == "penalty" and main.get("procedure") != "simple" and bool(said)
    market = market and of_market_regulation(said[0], said[1])
    return _end(str(main.get("decided_on", "")), "samr-reporting" if market else "reporting")


@lru_cache(maxsize=8192)
def _end(decided_on: str, track: str) -> tuple[date | None, str]:
    try:
        counted = reporting_end(date.fromisoformat(decided_on), market=track != "reporting")
    except ValueError:
        counted = None
    clock = CLOCKS[TRACKS[track][0].key][0]
    return (None, "") if counted is None else (counted.day, clock_name(clock))


def clock_name(clock: Clock | Window) -> str:
    """Return by which rule and article a day was counted: ``rule article``, an item with a mark."""
    return f"{clock.rule} {clock.article}{'#' if clock.item else ''}"


def told(rows: Sequence[KeptRow], stated: Stated) -> list[KeptRow]:
    """Compare rows with what the log bears already: the same again, or another by that id."""
    return [_told(row, stated[row.record_id]) if row.record_id in stated else row for row in rows]


def _told(row: KeptRow, stated: tuple[int, bytes]) -> KeptRow:
    if row.state != "good":
        return row
    if said_by(row.record).digest == said_by(stated[1]).digest:
        return row._replace(state="repeated", record=b"", found="[]")
    return twice(row)


def twice(row: KeptRow) -> KeptRow:
    """Return a row whose id another one has that says something else."""
    one = finding("duplicate-id", "/id", value=row.record_id)
    found = [*found_about(_NOWHERE, (one,))]
    return row._replace(state="to-fix", record=b"", found=found_text(found))


def again(row: KeptRow, sheet: KeptSheet, texts: list[str], member: Member) -> KeptRow:
    """Read and check one row anew, with other texts; its version is the next.

    Raises:
        MalformedRefusal: it is no record any more (``row-empty``).
    """
    form = form_of(row, sheet, texts, member.defaults)
    if form is None:
        raise MalformedRefusal(
            "该行剩下的内容太少，不是一条信用信息；不再报送的，请删除该行。",
            "So little is left of the row that it is no record: leave it out if it is not to go.",
            code="row-empty",
        )
    made = kept(
        row.row, row.sheet, form, member.checker().check(member.placed(form)), row.version + 1
    )
    return made._replace(line=row.line)


def form_of(
    row: KeptRow, sheet: KeptSheet | None, texts: list[str], defaults: FormDefaults
) -> FormRow | None:
    """Return a row as the forms read it, None where it is no record any more."""
    if sheet is None or not sheet.form:
        text = " ".join(texts).replace("\n", " ").replace("\r", " ")
        found = next(read_jsonl(text.encode(errors="replace")), None)
        return None if found is None else changed(found, row=row.line)
    return reread(sheet.form, sheet.title, sheet.headers, (row.line, texts), defaults)


def forms_to_seal(rows: Sequence[KeptRow]) -> Iterator[FormRow]:
    """Give rows that passed as the publisher takes them, each under its number."""
    for row in rows:
        main, restricted = split_line(row.record)
        part = (
            None if restricted is None else msgspec.json.decode(restricted, type=dict[str, object])
        )
        yield FormRow(row.row, {}, msgspec.json.decode(main, type=dict[str, object]), part, ())


def to_sign(rows: Sequence[KeptRow]) -> bytes:
    """Return rows that passed as JSON Lines, which the publisher's tool signs."""
    lines = []
    for row in rows:
        main, restricted = split_line(row.record)
        part = b"" if restricted is None else b',"restricted":' + restricted
        lines.append(b'{"main":' + main + part + b"}\n")
    return b"".join(lines)


def rows_to_fix(
    rows: Sequence[KeptRow], sheets: Mapping[int, KeptSheet], member: Member
) -> Iterator[FormRow]:
    """Give rows that did not pass with everything found about them, as they were typed."""
    for row in rows:
        texts = cells_of(row.cells)
        form = form_of(row, sheets.get(row.sheet), texts, member.defaults)
        if form is not None:
            checked = member.checker().check(member.placed(form))
            yield changed(form, findings=checked.findings)


_NOWHERE: Final = FormRow(0, {}, None, None, ())
