"""Is this row that subject? Certainty and reasons, by what the asker may see of the subject.

An exact code decides, unless the name beside it is another's; a name alone is found as it is
written, now or formerly, and for one subject only; all else is uncertain and for a person.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Final

from registry.domain.identifiers import (
    normalise_code,
    orgcode_of,
    orgcode_problems,
    regno_problems,
    uscc_problems,
)
from registry.domain.subjects import Scheme, subject_id
from registry.screening.model import Match, Outcome
from registry.store.reading_terms import StatedName
from registry.store.screening_judgements import Judgement
from registry.store.screenings import KeptRow
from search.certainty import certainty
from search.keys import code_key, codes_with_parts
from search.matching import Candidate, match_name
from search.names import fold, normalise
from search.query import Hit
from search.reasons import EXACT_NAME, SAME_CHARACTERS

EXACT_CODE: Final = "exact-code"
CODE_AND_NAME: Final = "code-and-name"
CODE_NOT_NAME: Final = "code-not-name"
NAME_NOT_CODE: Final = "name-not-code"
NAME: Final = "exact-name"
FORMER: Final = "former-name"
SEVERAL: Final = "several"
RESEMBLES: Final = "resembles"
JUDGED_SAME: Final = "judged-same"
JUDGED_DIFFERENT: Final = "judged-different"
REASONS: Final = (
    *(EXACT_CODE, CODE_AND_NAME, CODE_NOT_NAME, NAME_NOT_CODE, NAME, FORMER, SEVERAL, RESEMBLES),
    *(JUDGED_SAME, JUDGED_DIFFERENT),
)
_OF_CODES: Final = frozenset({EXACT_CODE, CODE_AND_NAME})
CANDIDATES: Final = 5
"""Subjects that one row is put beside; more would be no help to whoever decides."""
KEPT: Final = 20
"""Subjects that are kept of one row, whatever is judged about them later."""
RESEMBLING: Final = 0.28
"""Score of `search.matching` from which a name is worth a person's look: near half of all pairs."""
AGREES: Final = 0.9
"""Score from which the name beside an exact code is the same but for its writing."""
_BESIDE_OTHER_CODE: Final = 0.889
"""Score from which a name that only resembles is worth a look although the codes are not the same:
no less than a name that sounds the same."""
_ODD: Final = 0.6
"""Certainty of a row whose code and name are two different subjects'."""
_OTHER_CODE: Final = 0.45
"""What is left of the certainty of a name that only resembles, where the codes are not the same."""
_CODE_MAX: Final = 40
_FROM_SPREADSHEETS: Final = "."


@dataclass(frozen=True)
class Asked:
    """A row as it is compared: the name as it came, the code in its normal form."""

    name: str
    code: str

    @cached_property
    def ids(self) -> tuple[bytes, ...]:
        """The ids of subjects that the code may stand for."""
        schemes: list[tuple[Scheme, str]] = []
        if _usable(uscc_problems(self.code)):
            schemes += [("uscc", self.code), ("orgcode", orgcode_of(self.code))]
        elif _usable(regno_problems(self.code)):
            schemes.append(("regno", self.code))
        elif _usable(orgcode_problems(self.code)):
            schemes.append(("orgcode", self.code))
        return tuple(subject_id(*one) for one in schemes)

    @cached_property
    def orgcode(self) -> str:
        """The organisation code that is the code or part of it, '' if none is."""
        if _usable(uscc_problems(self.code)):
            return orgcode_of(self.code)
        return self.code if _usable(orgcode_problems(self.code)) else ""

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """The name in the writings in which records state names."""
        folded = fold(self.name)
        wide = folded.replace("(", "（").replace(")", "）")
        return tuple(dict.fromkeys(one for one in (self.name, folded, wide) if one))

    @cached_property
    def key(self) -> bytes:
        """What two rows have in common that say the same: 16 bytes."""
        return sha256(f"{fold(self.name)}\0{self.code}".encode()).digest()[:16]


def asked_of(row: KeptRow) -> Asked:
    """Return a row as it is compared."""
    return Asked(row.name, row.code)


def code_of(text: str) -> tuple[str, str]:
    """Return a typed code in its normal form and what is wrong with it.

    ``code-malformed``: it is no code at all (what a spreadsheet made of it, too). ``code-check``:
    a check digit does not fit, which real codes do not always, either.
    """
    code = normalise_code(text)[:_CODE_MAX]
    if _FROM_SPREADSHEETS in code:
        return code, "code-malformed"
    for problems in (uscc_problems(code), regno_problems(code), orgcode_problems(code)):
        if _usable(problems):
            return code, "code-check" if problems else ""
    return code, "code-malformed"


def _usable(problems: Collection[str]) -> bool:
    return not {"length", "alphabet"}.intersection(problems)


@dataclass(frozen=True, slots=True)
class Seen:
    """A subject as the asker may see it."""

    subject_id: str
    names: tuple[StatedName, ...]
    codes: tuple[str, ...]
    cities: tuple[str, ...]


def compare(asked: Asked, seen: Seen) -> Match | None:
    """Return a subject as what a row may be, None where nothing speaks for it."""
    hit = _named(asked.name, seen)
    how = hit.reasons if hit else ()
    if not (asked.ids and _same_code(asked.code, seen.codes)):
        return None if hit is None else _by_name(asked, seen, hit)
    if not asked.name:
        return _match(seen, 1.0, sure=True, reasons=(EXACT_CODE,))
    if hit is not None and hit.score >= AGREES:
        return _match(seen, 1.0, sure=True, reasons=(CODE_AND_NAME, *how))
    return _match(seen, _ODD, sure=False, reasons=(CODE_NOT_NAME, *how))


def _by_name(asked: Asked, seen: Seen, hit: Hit) -> Match | None:
    """Return what a name alone says; a code beside it is not this subject's."""
    near, how = certainty(hit), hit.reasons
    other_code = bool(asked.ids and seen.codes)
    if not {EXACT_NAME, SAME_CHARACTERS}.intersection(how):
        near = round(near * _OTHER_CODE, 3) if other_code else near
        near_enough = hit.score >= (_BESIDE_OTHER_CODE if other_code else RESEMBLING)
        return _match(seen, near, sure=False, reasons=(RESEMBLES, *how)) if near_enough else None
    if other_code:
        return _match(seen, _ODD, sure=False, reasons=(NAME_NOT_CODE, *how))
    former = any(one.name == hit.on and one.former for one in seen.names)
    return _match(seen, near, sure=True, reasons=(FORMER if former else NAME, *how))


def _same_code(code: str, stated: Sequence[str]) -> bool:
    wanted = set(codes_with_parts(code))
    return any(wanted.intersection(codes_with_parts(code_key(one))) for one in stated)


def _named(name: str, seen: Seen) -> Hit | None:
    if not name:
        return None
    others = tuple(one.name for one in seen.names[1:])
    return match_name(normalise(name), Candidate(seen.subject_id, seen.names[0].name, others))


def _match(seen: Seen, certain: float, *, sure: bool, reasons: tuple[str, ...]) -> Match:
    return Match(
        subject_id=seen.subject_id,
        name=seen.names[0].name,
        code=seen.codes[0] if seen.codes else "",
        former_names=tuple(one.name for one in seen.names if one.former),
        cities=seen.cities,
        certainty=certain,
        sure=sure,
        reasons=tuple(dict.fromkeys(reasons)),
    )


def settle(matches: Sequence[Match], judged: Mapping[str, Judgement]) -> Outcome:
    """Return what came of a row: one subject, some for a person to choose from, or none.

    ``judged`` is what the owner has said of this row's subjects, by id in hex; whom he has called
    another is kept apart and told, never left out in silence.
    """
    told = [replace(one, judged=judged.get(one.subject_id)) for one in matches]
    told.sort(key=lambda one: (-one.certainty, one.name, one.subject_id))
    candidates = tuple(one.subject_id for one in told[:KEPT])
    apart = tuple(one for one in told if _said(one) == "different")[:CANDIDATES]
    left = [one for one in told if _said(one) != "different"]
    same = [one for one in left if _said(one) == "same"]
    sure = [one for one in left if one.sure and _said(one) != "unsure"]
    best = same or [one for one in sure if one.reasons[0] in _OF_CODES] or sure
    if len(best) == 1:
        reason = JUDGED_SAME if same else best[0].reasons[0]
        return Outcome("found", reason, (best[0],), apart, candidates=candidates)
    if left:
        reason = SEVERAL if best else left[0].reasons[0]
        some = tuple(left[:CANDIDATES])
        return Outcome("uncertain", reason, some, apart, candidates=candidates)
    reason = JUDGED_DIFFERENT if apart else ""
    return Outcome("not_found", reason, (), apart, candidates=candidates)


def _said(match: Match) -> str:
    return match.judged.judgement if match.judged else ""
