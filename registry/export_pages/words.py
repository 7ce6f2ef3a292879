"""What the pages of exports say: names of doors and templates, why a record is left out."""

from collections.abc import Iterable

from registry.exports.desk import KeptExport
from registry.exports.model import LeftOut, asked_of
from registry.exports.templates import COLUMNS, DOORS, KINDS
from registry.pages.frame import Frame
from registry.pages.words import joined, word


def door_name(frame: Frame, code: str) -> str:
    """Return the name of a door."""
    door = DOORS[code]
    return door.zh if frame.lang == "zh" else door.en


def headed(frame: Frame, one: KeptExport) -> str:
    """Return an export in a few words: its number, for which door, of what."""
    said = [door_name(frame, one.door), word(frame.lang, "type", one.kind)]
    said += [frame.t(f"exports.form-{one.form}"), frame.t(f"exports.what-{asked_of(one).what}")]
    return f"{one.number} {joined(frame.lang, said)}"


def origin_of(frame: Frame, member: str) -> str:
    """Return the log of a member."""
    return next(origin for origin, code in frame.site.origins.items() if code == member)


def lines_of_left(
    frame: Frame, origin: str, left: Iterable[LeftOut]
) -> list[tuple[int, str, str, bool]]:
    """Return index, link, reason, and whether it keeps the record out, of what was left out."""
    return [
        (
            one.idx,
            frame.url(f"/record/{origin}/{one.idx}"),
            frame.t(
                f"exports.problem-{one.problem.code}",
                column=_header(one.problem.column),
                length=one.problem.length,
                limit=one.problem.limit,
            ),
            one.problem.stops,
        )
        for one in left
    ]


def _header(code: str) -> str:
    """Return the header of a column with its code."""
    found = (COLUMNS[kind][code].header for kind in KINDS if code in COLUMNS[kind])
    return f"{next(found, '')} {code}".strip()
