"""Which office of a member answers for which kind of organ or matter: dated data of the members.

A message names an organ of another city as its sender knows it. Here is what that organ is called
there, under which department its people sign in, and which telephone it has. Each member gives its
own rows with the paper by which it says so; whoever runs the node puts them into one TOML file.
"""

from collections.abc import Collection, Iterator
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from registry.domain.tables import KEPT

OFFICES_MAX: Final = 5_000
FILE_MAX: Final = 2 * 1024 * 1024
"""Bytes of the file."""
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Phone = Annotated[str, Meta(max_length=60)]
_KINDS: Final = KEPT["organ-kinds"]


class Office(Struct, frozen=True, forbid_unknown_fields=True):
    """An office, from ``since`` on and before ``until``.

    ``kinds`` are codes of the table organ-kinds, ``matters`` codes of matters; ``department`` is
    what its people's keys name it (`registry.domain.grants`), by default its name; ``uscc`` is the
    unified code under which it may have a feed; ``source`` the member's own paper.
    """

    member: Annotated[str, Meta(pattern="^[0-9]{6}$")]
    name: Line
    since: date
    source: Line
    kinds: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    department: Annotated[str, Meta(max_length=80)] = ""
    phone: Phone = ""
    uscc: Annotated[str, Meta(max_length=18)] = ""
    until: date | None = None

    @property
    def account(self) -> str:
        """The department that its people sign in as."""
        return self.department or self.name

    def stands(self, on: date) -> bool:
        """Say whether the row counts on a day."""
        return self.since <= on and (self.until is None or on < self.until)

    def meets(self, other: "Office") -> bool:
        """Say whether both count on some day."""
        ends = [one.until for one in (self, other) if one.until is not None]
        return max(self.since, other.since) < min(ends, default=date.max)


class OfficesError(ValueError):
    """The file is not as it should be; the text says in both languages what is wrong."""


class Offices(Struct, frozen=True, forbid_unknown_fields=True):
    """All offices that the members of a region have named."""

    offices: Annotated[tuple[Office, ...], Meta(max_length=OFFICES_MAX)] = ()

    def for_organ(self, member: str, name: str, kind: str, on: date) -> Office | None:
        """Return whose an organ is: the office of that name, else the one for its kind.

        ``kind`` is how a record writes it, '' where it does not. None: no row fits, and nobody
        guesses.
        """
        mine = [one for one in self.offices if one.member == member and one.stands(on)]
        code = kind_of(kind, name)
        return next(
            (one for one in mine if name and name in {one.name, one.account}), None
        ) or next((one for one in mine if code and code in one.kinds), None)

    def for_matter(self, member: str, matter: str, on: date) -> Office | None:
        """Return who handles a matter in a member; None where no row says so."""
        return next(
            (
                one
                for one in self.offices
                if one.member == member and matter in one.matters and one.stands(on)
            ),
            None,
        )


NO_OFFICES: Final = Offices()


@lru_cache(maxsize=4096)
def kind_of(kind: str, name: str) -> str:
    """Return the code of a kind of organ as a record names it, else by its name; '' for none.

    The longest word that stands in it counts: 食品药品监督 is not 市场监督.
    """
    for said in (kind, name):
        found = [
            (len(word), row.code)
            for row in _KINDS.rows
            for word in (row.code, row.zh, *row.also)
            if said and word in said
        ]
        if found:
            return max(found)[1]
    return ""


def read_offices(data: bytes, members: Collection[str]) -> Offices:
    """Return what a file says.

    Raises:
        OfficesError: it is too large, no such TOML, names a member or kind that there is none of,
            or two offices of a member for one kind or matter on the same day.
    """
    if len(data) > FILE_MAX:
        raise OfficesError(f"文件超过 {FILE_MAX} 字节 / the file has more than {FILE_MAX} bytes")
    try:
        found = msgspec.toml.decode(data, type=Offices)
    except (msgspec.DecodeError, ValueError) as error:
        raise OfficesError(f"格式有误 / not such a file: {error}") from error
    wrong = next(_wrong(found, members), None)
    if wrong is not None:
        raise OfficesError(wrong)
    return found


def _wrong(found: Offices, members: Collection[str]) -> Iterator[str]:
    answering: dict[tuple[str, str], list[Office]] = {}
    for one in found.offices:
        if one.member not in members:
            yield f"章程中没有成员 {one.member} / the charter has no member {one.member}"
        for kind in one.kinds:
            if kind not in _KINDS.by_code:
                yield f"没有机关类别 {kind} / there is no kind of organ {kind}"
        if one.until is not None and one.until <= one.since:
            yield f"{one.name} 的截止日不晚于起始日 / {one.name} ends before it begins"
        for task in dict.fromkeys((*one.kinds, *one.matters)):
            answering.setdefault((one.member, task), []).append(one)
    for (member, task), several in answering.items():
        for one, other in combinations(several, 2):
            if one.meets(other):
                yield (
                    f"{member} 的 {task} 同日有两个承办单位：{one.name}、{other.name} / "
                    f"{member} names two offices for {task} on one day"
                )
