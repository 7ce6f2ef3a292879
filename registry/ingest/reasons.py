"""What a check can say: the catalogue of reasons (``reasons.toml``), and a finding about a record.

The texts are data, so that those who know the law and the language can mend them.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from signing.errors import RecordError

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One kind of defect: stable code, level, texts with ``{named}`` places, and its source.

    ``expected_*`` say what would be right.
    """

    code: str
    level: Level
    zh: str
    en: str
    expected_zh: str
    expected_en: str
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect found: where (JSON Pointer; ``/restricted/…`` in that part), what, what is right."""

    code: str
    level: Level
    pointer: str
    zh: str
    en: str
    expected_zh: str
    expected_en: str


REASONS: Final[dict[str, Reason]] = {
    code: Reason(code, **texts)
    for code, texts in tomllib.loads(
        Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    ).items()
}


RESTRICTED: Final = "/restricted"
_DIFFERS: Final = re.compile(r"byte ([0-9]+): found (.*), expected (.*)", re.DOTALL)
_AT_BYTE: Final = re.compile(r"\(byte ([0-9]+)\)\Z")
_HIDDEN: Final = ("（受限内容，不显示）", "(restricted, not shown)")
_VALUES: Final = frozenset({"value", "expected", "detail", "detail_zh"})
"""Places that repeat what a record says; the others hold limits and choices of the format."""


def explain(code: str) -> Reason:
    """Return the catalogue's entry; KeyError for a code that no check uses."""
    return REASONS[code]


def finding(code: str, pointer: str, **places: object) -> Finding:
    """Make a finding: the texts of ``code`` with their places filled.

    Of what stands in the restricted part nothing is repeated: findings travel to screens, files
    and answers, where no document number may ever be.
    """
    places = {name: _storable(value) for name, value in places.items()}
    if not _restricted(pointer):
        return _filled(code, pointer, places, places)
    spoken = {name: value for name, value in places.items() if name not in _VALUES}
    return _filled(code, pointer, _Hiding(spoken, _HIDDEN[0]), _Hiding(spoken, _HIDDEN[1]))


def refused(error: RecordError, pointer: str | None = None) -> Finding:
    """Return what the strict parser refused, in the words of the catalogue."""
    code = error.code if error.code in REASONS else "malformed-record"
    at = error.pointer if pointer is None else pointer
    detail = error.detail if code == error.code else str(error)
    return finding(code, at, detail=detail, detail_zh=_in_chinese(detail))


def _in_chinese(detail: str) -> str:
    """Return what the parsers add in English in Chinese; a value is left as it stands."""
    if match := _DIFFERS.fullmatch(detail):
        return f"第 {match[1]} 字节处为 {match[2]}，应为 {match[3]}"
    if match := _AT_BYTE.search(detail):
        return f"第 {match[1]} 字节处有误"
    return "内容不完整" if "truncated" in detail else detail


def _storable(value: object) -> object:
    """Return a value that any screen, file and database can hold: no NUL, no half of a pair."""
    if not isinstance(value, str):
        return value
    return value.encode(errors="backslashreplace").decode().replace("\0", "\\u0000")


def moved(found: Finding, pointer: str) -> Finding:
    """Return a finding under another pointer; its values are left behind where that is restricted.

    Only for findings whose texts have no other places than values.
    """
    if _restricted(pointer) and not _restricted(found.pointer):
        return finding(found.code, pointer)
    return replace(found, pointer=pointer)


class _Hiding(dict[str, object]):
    """Places of which those not given are hidden."""

    def __init__(self, places: Mapping[str, object], instead: str) -> None:
        super().__init__(places)
        self._instead = instead

    def __missing__(self, name: str) -> str:
        return self._instead


def _restricted(pointer: str) -> bool:
    return pointer == RESTRICTED or pointer.startswith(f"{RESTRICTED}/")


def _filled(code: str, pointer: str, zh: Mapping[str, object], en: Mapping[str, object]) -> Finding:
    reason = REASONS[code]
    return Finding(
        code,
        reason.level,
        pointer,
        reason.zh.format_map(zh),
        reason.en.format_map(en),
        reason.expected_zh.format_map(zh),
        reason.expected_en.format_map(en),
    )


def errors_first(findings: Collection[Finding]) -> tuple[Finding, ...]:
    """Return findings without repetition, errors before warnings, otherwise in the order found."""
    if len(findings) < 2:  # noqa: PLR2004 - one is in order
        return (*findings,)
    return tuple(sorted(dict.fromkeys(findings), key=lambda found: found.level != "error"))
