"""What a draft would change, and for whom: who gains and loses what, where; signed by the node.

Two files: ``impact.json``, signed, with counts and the digest of the list, and ``impact.jsonl``,
the list, a line for each subject and territory. Names are for organs only, and what has ended
since is not shown any more (`still_shown`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Final, Literal

import msgspec
from msgspec import Struct

from registry.errors import MalformedRefusal
from registry.query.population import Line, Part
from registry.query.survey import Compared
from signing.cosign import cosign, cosignatures_of
from signing.encoding import utc_text
from signing.errors import SigningError
from signing.keys import SigningKey, VerifierKey
from signing.note import Note, open_note, parse_signature
from signing.record import encode_canonical

FORMAT: Final = "registry-impact@v1"
Way = Literal["gained", "lost", "changed"]
FILE_MAX: Final = 16 * 1024 * 1024
"""Bytes of the signed file that is read."""


class Change(Struct, frozen=True):
    """A measure that one subject would gain or lose in a territory, or have otherwise.

    ``before`` and ``after``: effect, state and last day ('' = none known), empty where there is
    none; ``kind`` says whether it is a punishment or a reward.
    """

    way: Way
    kind: str
    rule: str
    measure: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    causes: tuple[str, ...]


class Row(Struct, frozen=True):
    """All that would change for one subject in one territory."""

    subject: str
    name: str
    territory: str
    changes: tuple[Change, ...]


class Total(Struct, frozen=True):
    """How many subjects would gain, lose or have a measure otherwise in a territory."""

    territory: str
    way: Way
    kind: str
    rule: str
    measure: str
    subjects: int


class Assumed(Struct, frozen=True):
    """An adoption that nobody has stated yet."""

    member: str
    rule: str
    edition: str


class Impact(Struct, frozen=True, kw_only=True):
    """What is signed; dates of Asia/Shanghai, moments UTC, digests hex."""

    v: Literal[1] = 1
    node: str
    made: str
    on: str
    matter: str
    territories: tuple[str, ...]
    published: str
    draft: str
    changed: tuple[str, ...]
    assumed: tuple[Assumed, ...]
    known: dict[str, str]
    looked_at: int
    subjects: int
    totals: tuple[Total, ...]
    list_digest: str
    list_lines: int


class _File(Struct, forbid_unknown_fields=True):
    format: Literal["registry-impact@v1"]
    signatures: list[str]
    impact: Impact


def rows_of(lines: Iterable[Line]) -> Iterator[Row]:
    """Return what changes for each subject and territory, from its measures under two books."""
    for (subject, territory), group in groupby(
        lines, key=lambda line: (line.subject_id, line.territory)
    ):
        sides: tuple[dict[tuple[str, str], Line], dict[tuple[str, str], Line]] = ({}, {})
        name = ""
        for line in group:
            sides[line.book][line.rule, line.measure] = line
            name = line.name
        changes = tuple(_changes(*sides))
        if changes:
            yield Row(subject, name, territory, changes)


def _changes(
    before: Mapping[tuple[str, str], Line], after: Mapping[tuple[str, str], Line]
) -> Iterator[Change]:
    for key in sorted(before.keys() | after.keys()):
        was, will = before.get(key), after.get(key)
        one = will or was
        if one is None or _state(was) == _state(will):
            continue
        way: Way = "gained" if was is None else "lost" if will is None else "changed"
        causes = tuple(sorted({c for line in (was, will) if line for c in line.causes}))
        yield Change(way, one.kind, one.rule, one.measure, _state(was), _state(will), causes)


def _state(line: Line | None) -> tuple[str, ...]:
    if line is None:
        return ()
    return line.effect, line.state, "" if line.last_day is None else line.last_day.isoformat()


@dataclass(frozen=True, slots=True)
class Differences:
    """What one part of the subjects has under two books: counts, and its lines of the list."""

    looked_at: int
    subjects: int
    lines: int
    totals: Counter[tuple[str, Way, str, str, str]]
    data: bytes


def differences(part: Part) -> Differences:
    """Return what a part has otherwise under the second book."""
    rows = list(rows_of(part.lines))
    return Differences(
        looked_at=part.subjects,
        subjects=len({row.subject for row in rows}),
        lines=len(rows),
        totals=Counter(
            (row.territory, one.way, one.kind, one.rule, one.measure)
            for row in rows
            for one in row.changes
        ),
        data=b"".join(msgspec.json.encode(row, order="sorted") + b"\n" for row in rows),
    )


class Gathered:
    """Adds up what parts differ in, in their order."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.totals: Counter[tuple[str, Way, str, str, str]] = Counter()
        self.looked_at = 0
        self.subjects = 0
        self.lines = 0
        self._digest = sha256()

    def add(self, one: Differences) -> None:
        """Add what a part differs in."""
        self._digest.update(one.data)
        self.looked_at += one.looked_at
        self.subjects += one.subjects
        self.lines += one.lines
        self.totals.update(one.totals)

    def impact(self, of: Compared, node: str, time: int) -> Impact:
        """Return what is to be signed, at a POSIX second."""
        survey = of.survey
        return Impact(
            node=node,
            made=utc_text(time),
            on=survey.on.isoformat(),
            matter=survey.matter,
            territories=survey.territories,
            published=of.published.digest,
            draft=of.draft.digest,
            changed=of.changed,
            assumed=tuple(Assumed(one.member, one.rule, one.edition) for one in of.assumed),
            known=dict(of.known.named),
            looked_at=self.looked_at,
            subjects=self.subjects,
            totals=tuple(Total(*key, number) for key, number in sorted(self.totals.items())),
            list_digest=self._digest.hexdigest(),
            list_lines=self.lines,
        )


def seal_impact(impact: Impact, mirror: SigningKey, time: int) -> bytes:
    """Return the signed file, in canonical JSON; raises SigningError."""
    line = cosign(mirror, _text(impact), time).line().removesuffix("\n")
    return encode_canonical(
        {"format": FORMAT, "signatures": [line], "impact": msgspec.to_builtins(impact)}
    )


def open_impact(data: bytes, mirror: VerifierKey) -> Impact:
    """Verify a signed file by the key of the node that made it.

    Raises:
        MalformedRefusal: it is no such file, or another has changed it.
    """
    try:
        file = msgspec.json.decode(data[:FILE_MAX].removesuffix(b"\n"), type=_File)
        lines = tuple(parse_signature(line) for line in file.signatures)
        opened = open_note(Note(_text(file.impact), lines).encode(), [mirror])
        made = utc_text(cosignatures_of(opened)[0].time)
    except (SigningError, msgspec.MsgspecError, ValueError) as error:
        raise _invalid(str(error)) from error
    if made != file.impact.made:
        raise _invalid(f"{file.impact.made}, {made}")
    return file.impact


def _invalid(why: str) -> MalformedRefusal:
    return MalformedRefusal(
        f"影响评估文件无效：{why}", f"not a valid file of an impact: {why}", code="impact-invalid"
    )


def _text(impact: Impact) -> str:
    return f"{FORMAT}\n{encode_canonical(msgspec.to_builtins(impact)).decode()}\n"
