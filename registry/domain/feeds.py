"""Feeds: whom they are approved for, on which terms, and how far a consumer has read.

A consumer is an organisation, named by its unified code; what it is approved for are its *terms*:
purpose, scope, what it may do onward, until when, and within how many working days it confirms a
*stop*. Approvals and what becomes of them are acts in a row, never changed (domain 0.1.16).
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import msgspec
from msgspec import Struct

from registry.domain.disclosure import Role
from registry.domain.records import KINDS
from registry.domain.subjects import usable_uscc
from registry.errors import MalformedRefusal

ActKind = Literal["approved", "suspended", "resumed", "ended"]
Standing = Literal["good", "suspended", "expired", "ended"]
Reason = Literal["ended", "out-of-scope"]
"""Why to stop: by law nobody may show or use it any more, or this consumer was never to have it.

Which act ended a record is nobody's to know but its subject's, its organ's and the auditor's.
"""
RANGES: Final = ("public", "government")
"""What a feed can carry: what is given on authorisation needs the subject's, each time."""
DAYS_MAX: Final = 30
YEARS_MAX: Final = 3
TEXT_MAX: Final = 500
LIST_MAX: Final = 100
ADDRESS_MAX: Final = 500
_ORGAN: Final = "1"
"""The first character of the unified codes of organs and public institutions (GB 32100)."""
_CURSOR: Final = re.compile(
    r"(0|[1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,5})-(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})"
)


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """What a consumer is approved for; no city or type is all of them.

    ``cities`` are codes of parties, ``days`` working days to confirm a stop, ``address`` where
    webhooks go or empty.
    """

    name: str
    purpose: str
    onward: str
    contact: str
    valid_until: date
    cities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ("public",)
    days: int = 2
    address: str = ""

    @property
    def eyes(self) -> Role:
        """The role whose disclosure this feed has: the public's, or what organs share."""
        return Role.PROCURER if "government" in self.ranges else Role.PUBLIC

    def spans(self, city: str, kind: str, publication: str) -> bool:
        """Tell whether a record of a city, type and range lies in the scope."""
        return (
            publication in self.ranges
            and (not self.cities or city in self.cities)
            and (not self.types or kind in self.types)
        )

    def encode(self) -> str:
        """Return the terms as JSON, as they are kept."""
        return msgspec.json.encode(self).decode()


def decode_terms(text: str) -> Terms:
    """Return kept terms; the inverse of `Terms.encode`."""
    return msgspec.json.decode(text, type=Terms)


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer as its acts make it; ``number`` is that of the latest."""

    code: str
    terms: Terms
    number: int
    state: ActKind

    def standing(self, today: date) -> Standing:
        """Return whether it may have feeds today, or why not."""
        if self.state in {"suspended", "ended"}:
            return "suspended" if self.state == "suspended" else "ended"
        return "good" if today <= self.terms.valid_until else "expired"


def consumer_of(code: str, acts: Iterable[tuple[int, ActKind, str]]) -> Consumer | None:
    """Return what the acts (number, kind, terms as kept) make, in order; None without approval."""
    found: Consumer | None = None
    for number, kind, terms in acts:
        if kind == "approved":
            found = Consumer(code, decode_terms(terms), number, kind)
        elif found is not None:
            found = Consumer(code, found.terms, number, kind)
    return found


def terms_problem(
    code: str, terms: Terms, members: Collection[str], today: date
) -> tuple[str, str] | None:
    """Say in Chinese and English what is wrong with an approval; None if nothing is."""
    checks = (
        _code_problem(code, terms),
        _text_problem(terms),
        _scope_problem(terms, members),
        _time_problem(terms, today),
        _address_problem(terms.address),
    )
    return next((check for check in checks if check), None)


def _code_problem(code: str, terms: Terms) -> tuple[str, str] | None:
    if usable_uscc(code) != code:
        return (
            "使用单位应以 18 位统一社会信用代码指明。",
            "A consumer is named by its unified code of 18 characters.",
        )
    if "government" in terms.ranges and not code.startswith(_ORGAN):
        return (
            "政务共享信息只提供给机关和事业单位（统一代码以 1 开头）；其他单位只能申请公开信息。",
            "What organs share goes to organs and public institutions (codes begin with 1) alone.",
        )
    return None


def _text_problem(terms: Terms) -> tuple[str, str] | None:
    texts = (
        ("名称", "name", terms.name),
        ("用途", "purpose", terms.purpose),
        ("再使用条件", "onward terms", terms.onward),
        ("联系方式", "contact", terms.contact),
    )
    for zh, en, text in texts:
        if not 1 <= len(text.strip()) <= TEXT_MAX:
            return (
                f"须写明{zh}（1 至 {TEXT_MAX} 字）。",
                f"State the {en}: 1 to {TEXT_MAX} characters.",
            )
    return None


def _scope_problem(terms: Terms, members: Collection[str]) -> tuple[str, str] | None:
    strange = [code for code in terms.cities if code not in members]
    if strange:
        return f"章程中没有成员 {strange[0]}。", f"The charter has no member {strange[0]}."
    unknown = [kind for kind in terms.types if kind not in KINDS]
    if unknown:
        return f"没有信息种类 {unknown[0]}。", f"There is no record type {unknown[0]}."
    if not terms.ranges or not set(terms.ranges) <= set(RANGES):
        return (
            "公开范围应为 public 或 public 加 government；授权查询的信息不进入数据推送。",
            "Ranges are public and government: what a subject must authorise is in no feed.",
        )
    if len(terms.cities) > LIST_MAX or len(terms.types) > LIST_MAX:
        return f"地区和种类各不超过 {LIST_MAX} 个。", f"At most {LIST_MAX} cities and types."
    return None


def _time_problem(terms: Terms, today: date) -> tuple[str, str] | None:
    if not today <= terms.valid_until <= today + timedelta(days=366 * YEARS_MAX):
        return (
            f"有效期应自今日起，不超过 {YEARS_MAX} 年。",
            f"It is valid until a day from today on, within {YEARS_MAX} years.",
        )
    if not 1 <= terms.days <= DAYS_MAX:
        return (
            f"确认期限应为 1 至 {DAYS_MAX} 个工作日。",
            f"Stops are confirmed within 1 to {DAYS_MAX} working days.",
        )
    return None


def _address_problem(address: str) -> tuple[str, str] | None:
    plain = address.isascii() and address.isprintable() and " " not in address
    known = address.startswith(("https://", "http://")) and "@" not in address
    if address and not (plain and known and len(address) <= ADDRESS_MAX and "#" not in address):
        return (
            "推送地址应为 https 网址，不含账号和片段。",
            "The address of a webhook is an https URL without credentials or fragment.",
        )
    return None


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a consumer has read: the one cursor of snapshot, deltas, stream and webhooks.

    All commits up to ``seq``, and ``entry`` entries of the next; all sweeps up to ``sweep``, and
    ``row`` rows of the next. A sweep is what a day, or other checks, changed without a commit.
    """

    seq: int = 0
    entry: int = 0
    sweep: int = 0
    row: int = 0

    def __str__(self) -> str:
        """Return the text of it: ``<seq>.<entry>-<sweep>.<row>``."""
        return f"{self.seq}.{self.entry}-{self.sweep}.{self.row}"

    def reaches(self, other: "Cursor") -> bool:
        """Tell whether nothing that the other has read is missing here."""
        return (self.seq, self.entry) >= (other.seq, other.entry) and (self.sweep, self.row) >= (
            other.sweep,
            other.row,
        )


def parse_cursor(text: str) -> Cursor:
    """Return the cursor of a text; raises MalformedRefusal ``bad-cursor``."""
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise MalformedRefusal(
            "游标格式有误，应为快照、增量或事件流给出的游标，如 12.0-3.0。",
            "Not a cursor: use one that a snapshot, a page or a stream gave, such as 12.0-3.0.",
            code="bad-cursor",
        )
    return Cursor(*(int(part) for part in match.groups()))
