"""How well a candidate answers a question, and why: one explained score for every engine.

The ladder (best first) is exact name, same name in another script or bracket, same name but for the
legal form or the place, one slip or the same sound (`search.likeness`), beginning of the name, part
of the name, shared pairs of characters. Each rung has a word (`search.reasons`) that a hit gives as
its reason; former names stand a little below the current one.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from search.certainty import SURE, certainties
from search.keys import code_key, codes_with_parts, number_key
from search.likeness import slipped, spelled_out
from search.names import NameForms, distinctive, normalise
from search.query import Answer, Hit, Matched, Query, Reading
from search.reasons import (
    BEGINNING,
    CODE_SLIP,
    EXACT_CODE,
    EXACT_NAME,
    EXACT_NUMBER,
    FORMER_NAME,
    ORGANISATION_CODE,
    OTHER_LEGAL_FORM,
    OTHER_PLACE,
    PART,
    SAME_CHARACTERS,
    SHARED,
    WITHOUT_LEGAL_FORM,
    WITHOUT_PLACE,
    Scored,
)

SCORE_MIN: Final = 0.2
"""Below a third of all pairs shared, names resemble each other by their trade alone."""
FOUND: Final = 0.85
"""From here on the name itself was found, and names that only resemble it would be noise."""
_FORMER: Final = 0.97
_CODE_SLIP: Final = 0.93
_PLACE_DIFFERS: Final = 0.75
_SHARED_MOST: Final = 0.6
"""The best score by pairs that two names share."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The fields of a document that a question is compared with."""

    id: str
    name: str
    former_names: Sequence[str]


def _places_agree(one: str, other: str) -> bool:
    """Tell whether two places may be the same: 江苏南京 and 南京, 南京 and 南京江宁."""
    return (
        one.endswith(other) or other.endswith(one) or one.startswith(other) or other.startswith(one)
    )


def _place_factor(asked: NameForms, stored: NameForms) -> Scored:
    if asked.place == stored.place:
        return 1.0, ()
    if not asked.place or not stored.place:
        return 0.95, (WITHOUT_PLACE,)
    if _places_agree(asked.place, stored.place):
        return 0.98, ()
    return _PLACE_DIFFERS, (OTHER_PLACE,)


def _form_factor(asked: NameForms, stored: NameForms) -> Scored:
    if asked.legal_form == stored.legal_form:
        return 1.0, ()
    if not asked.legal_form or not stored.legal_form:
        return 0.97, (WITHOUT_LEGAL_FORM,)
    return 0.94, (OTHER_LEGAL_FORM,)


def _same_name(asked: NameForms, stored: NameForms) -> Scored | None:
    """Score names that are the same but for script, legal form or place."""
    if asked.exact == stored.exact:
        return 1.0, (EXACT_NAME,)
    if asked.simplified == stored.simplified:
        return 0.99, (SAME_CHARACTERS,)
    form, why_form = _form_factor(asked, stored)
    if asked.body == stored.body:
        return 0.98 * form, why_form
    if asked.core == stored.core:
        place, why_place = _place_factor(asked, stored)
        return 0.98 * form * place, (*why_form, *why_place)
    if stored.core == asked.body or stored.body == asked.core:
        return 0.92 * form, (*why_form, WITHOUT_PLACE)
    return None


def _part_of_name(asked: NameForms, stored: NameForms) -> Scored | None:
    """Score a question that is a part of the name; more of the name is a better answer."""
    if stored.body.startswith(asked.body) or stored.core.startswith(asked.body):
        return 0.62 + 0.2 * len(asked.body) / len(stored.body), (BEGINNING,)
    if asked.body in stored.body:
        return 0.52 + 0.2 * len(asked.body) / len(stored.body), (PART,)
    place, why_place = _place_factor(asked, stored)
    share = len(asked.core) / max(len(stored.core), 1)
    if stored.core.startswith(asked.core):
        return (0.62 + 0.2 * share) * place, (BEGINNING, *why_place)
    if asked.core in stored.core:
        return (0.52 + 0.2 * share) * place, (PART, *why_place)
    return None


def _shared_pairs(asked: NameForms, stored: NameForms) -> Scored | None:
    """Score by shared pairs of characters (Dice), so that a slip does not hide a name."""
    wanted, there = distinctive(asked), distinctive(stored)
    common = len(set(wanted).intersection(there))
    if not common:
        return None
    place, why_place = _place_factor(asked, stored)
    dice = 2 * common / (len(wanted) + len(there))
    return _SHARED_MOST * dice * place, (SHARED, *why_place)


def score_name(asked: NameForms, name: str) -> Scored | None:
    """Score one name against the question, 0 to 1 with reasons; None if they share nothing."""
    if not asked.body:
        return None
    stored = normalise(name)
    if (same := _same_name(asked, stored)) is not None:
        return same
    place, form = _place_factor(asked, stored), _form_factor(asked, stored)
    rungs = (
        _part_of_name(asked, stored),
        slipped(asked, stored, place, form),
        spelled_out(asked, stored),
    )
    best = max((rung for rung in rungs if rung is not None), default=None)
    if best is not None and best[0] >= _SHARED_MOST:
        return best
    return max(filter(None, (best, _shared_pairs(asked, stored))), default=None)


def match_name(asked: NameForms, candidate: Candidate) -> Hit | None:
    """Compare a question with all names of a candidate; the best one is the hit's reason."""
    best: Hit | None = None
    for index, name in enumerate((candidate.name, *candidate.former_names)):
        scored = score_name(asked, name)
        if scored is None:
            continue
        score, reasons = scored
        if index:
            score, reasons = score * _FORMER, (*reasons, FORMER_NAME)
        score = round(score, 4)
        if score >= SCORE_MIN and (best is None or score > best.score):
            matched: Matched = "former_name" if index else "name"
            best = Hit(id=candidate.id, score=score, matched=matched, on=name, reasons=reasons)
    return best


def match_code(key: str, document_id: str, codes: Sequence[str]) -> Hit:
    """Say which of a document's codes has the key: the code itself, else one that holds it."""
    whole = [code for code in codes if code_key(code) == key]
    on = whole[0] if whole else next(code for code in codes if key in codes_with_parts(code))
    reason = EXACT_CODE if whole else ORGANISATION_CODE
    return Hit(id=document_id, score=1.0, matched="code", on=on, reasons=(reason,))


def match_slip(slips: AbstractSet[str], document_id: str, codes: Sequence[str]) -> Hit:
    """Say which of a document's codes is one of those that a slip turns into what was typed."""
    on = next(code for code in codes if not slips.isdisjoint(codes_with_parts(code)))
    return Hit(id=document_id, score=_CODE_SLIP, matched="code", on=on, reasons=(CODE_SLIP,))


def match_number(key: str, document_id: str, numbers: Sequence[str]) -> Hit:
    """Say which of a document's numbers has the key."""
    on = next(number for number in numbers if number_key(number) == key)
    return Hit(id=document_id, score=1.0, matched="number", on=on, reasons=(EXACT_NUMBER,))


def page(
    query: Query, found: list[tuple[str, Hit]], read_as: Reading, engine: str, *, whole: bool
) -> Answer:
    """Order (name, hit) pairs by score, name and id, and cut the page asked for.

    ``whole`` says that no candidate was left out, so that the total is exact.
    """
    found.sort(key=lambda pair: (-pair[1].score, pair[0], pair[1].id))
    hits = [hit for _, hit in found]
    hits = [
        replace(hit, certainty=chance) for hit, chance in zip(hits, certainties(hits), strict=True)
    ]
    return Answer(
        hits=tuple(hits[query.offset : query.offset + query.limit]),
        sure=bool(hits) and hits[0].certainty >= SURE,
        total=len(found),
        total_is_exact=whole,
        read_as=read_as,
        engine=engine,
    )
