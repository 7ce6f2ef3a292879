"""What stands inside a record about standards, in one line each: limits, replacements, items."""

from msgspec import UNSET, UnsetType

from registry.domain.records.standards import (
    AdoptedFrom,
    Compared,
    Limit,
    Replacement,
    ScopeItem,
)
from registry.pages.frame import Frame
from registry.pages.texts import Lang
from registry.pages.words import word

Part = Compared | ScopeItem | Replacement | AdoptedFrom


def in_words(lang: Lang, part: Part) -> str:
    """A part of a record about standards as a person reads it."""
    said = (text for text in _said(lang, part) if text is not UNSET)
    return ("；" if lang == "zh" else "; ").join(said)


def _said(lang: Lang, part: Part) -> tuple[str | UnsetType, ...]:
    match part:
        case Compared():
            first, second = ("甲", "乙") if lang == "zh" else ("A", "B")
            a, b = _side(lang, first, part.a), _side(lang, second, part.b)
            return (part.indicator, a, b, word(lang, "relation", part.relation), part.note)
        case ScopeItem():
            return (part.item, part.parameter, part.method, part.limits)
        case Replacement():
            return (part.number, _partly(lang, part), part.clauses)
        case AdoptedFrom():
            return (part.number, word(lang, "degree", part.degree))


def _partly(lang: Lang, part: Replacement) -> str | UnsetType:
    return word(lang, "extent", part.extent) if part.extent == "part" else UNSET


def _side(lang: Lang, side: str, limit: Limit | UnsetType) -> str | UnsetType:
    """One side of a row: direction, value and unit, or the words; the method behind it."""
    if limit is UNSET:
        return UNSET
    ends = [end for end in (limit.value, limit.upto) if end is not UNSET]
    values = ["–".join(ends), "" if limit.unit is UNSET else limit.unit] if ends else []
    told = [] if limit.direction == "words" else [word(lang, "direction", limit.direction)]
    texts = [text for text in (limit.text, limit.method, limit.clause) if text is not UNSET]
    return f"{side} " + " ".join(text for text in (*told, *values, *texts) if text)


def happened(frame: Frame, kind: str) -> str:
    """What happened to a standard, in words: a notice by what it announces."""
    if kind.startswith("notice_"):
        return frame.t("happened.notice", event=word(frame.lang, "event", kind[7:]))
    return frame.t(f"happened.{kind}")
