"""May standard S serve in C for U on D, by the records that are known?"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final

from msgspec import UNSET

from registry.domain.records.standards import Degree, Standard, StandardRecognition
from registry.standards.model import Answer, Ask, Known, Nearest, Stated, Statute, Step, Verdict
from registry.standards.numbers import NumberError, identity_of, parse

Statutes = tuple[Statute, ...]
STATUTES: Final[Statutes] = ()
_VERDICTS: Final[Mapping[Degree, Verdict]] = {
    "full": "yes",
    "partial": "partly",
    "conditional": "conditionally",
    "refused": "no",
}


def answer(ask: Ask, known: Known, statutes: Statutes = STATUTES) -> Answer:
    """Answer the question from what is known."""
    edition = _edition(ask, known)
    found = None if ask.use == "sale" else _recognised(ask, known, edition)
    record = None if found is None else found.record
    verdict: Verdict = "no_recognition_needed" if ask.use == "sale" else "no_document"
    if record is not None:
        verdict = _VERDICTS[record.degree]
    chain = (
        () if found is None else (Step(found.ref, "standard_recognition", "认可", "recognition"),)
    )
    void = edition is not None and _void(edition.record, ask)
    return Answer(
        ask=ask,
        verdict=verdict,
        first_zh="符合强制性标准的产品可以在全国销售，无需认可。",
        first_en="What meets the mandatory standards may be sold everywhere.",
        statutes=statutes,
        edition="" if edition is None else edition.record.number,
        edition_state="unknown" if edition is None else "void" if void else "in_force",
        replaced_by=tuple(_replaced_by(ask, known)),
        degree="" if record is None else record.degree,
        instrument="" if record is None else record.instrument,
        organ="" if record is None else record.authority.name,
        contact="",
        conditions=_lines(record, "conditions"),
        exclusions=_lines(record, "exclusions"),
        evidence_needed=_lines(record, "evidence_needed"),
        reasons=(),
        mutual=False,
        to_be_reviewed_by=None,
        until=None,
        changes_on=None,
        chain=chain,
        nearest=tuple(_nearest(ask, known)),
        notes_zh=(),
        notes_en=(),
        inputs={"records": sha256("".join(sorted(_entries(known))).encode()).hexdigest()},
    )


def links(known: Known) -> tuple[str, ...]:
    """Return identities of other standards that may serve in the place of this one."""
    replacing = [one.record.replaced_by for one in known.editions]
    numbers = [one.number for some in replacing if some is not UNSET for one in some]
    numbers += [one for stated in known.comparisons for one in (stated.record.a, stated.record.b)]
    return tuple(dict.fromkeys(_identity(number) for number in numbers))


def _edition(ask: Ask, known: Known) -> Stated[Standard] | None:
    asked = parse(ask.number)
    fitting = []
    for one in known.editions:
        number = parse(one.record.number)
        if identity_of(number) == identity_of(asked) and asked.year in {None, number.year}:
            fitting.append((not _void(one.record, ask), number.year or 0, one))
    return max(fitting, key=lambda fit: fit[:2])[2] if fitting else None


def _void(record: Standard, ask: Ask) -> bool:
    return record.void_on is not UNSET and record.void_on <= ask.on


def _recognised(
    ask: Ask, known: Known, edition: Stated[Standard] | None
) -> Stated[StandardRecognition] | None:
    number = ask.number if edition is None else edition.record.number
    ended = {
        one.record.target.entry
        for one in known.changes
        if one.record.change in {"ended", "suspended"} and one.record.effective_on <= ask.on
    }
    for one in sorted(known.recognitions, key=lambda stated: stated.ref, reverse=True):
        record = one.record
        here = (record.territory, record.use) == (ask.territory, ask.use)
        last = record.in_force_until
        begun = record.in_force_from <= ask.on and (last is UNSET or ask.on <= last)
        same = parse(record.number) == parse(number)
        if here and begun and same and one.ref.entry not in ended:
            return one
    return None


def _replaced_by(ask: Ask, known: Known) -> Iterator[str]:
    for one in known.editions:
        replacing = one.record.replaced_by
        if replacing is not UNSET and _identity(one.record.number) == _identity(ask.number):
            yield from (named.number for named in replacing)


def _nearest(ask: Ask, known: Known) -> Iterator[Nearest]:
    own = _identity(ask.number)
    for one in known.recognitions:
        number = one.record.number
        if _identity(number) != own and one.record.territory == ask.territory:
            verdict = _VERDICTS[one.record.degree]
            yield Nearest(number, "compared", verdict, "已作比对", "it was compared", one.ref)


def _identity(number: str) -> str:
    try:
        return identity_of(parse(number))
    except NumberError:
        return number


def _all(record: object, name: str) -> tuple[str, ...]:
    value = getattr(record, name)
    return () if value is UNSET else value


def _lines(record: StandardRecognition | None, name: str) -> tuple[str, ...]:
    return () if record is None else _all(record, name)


def _entries(known: Known) -> Iterator[str]:
    for kept in (known.editions, known.notices, known.recognitions, known.acceptances):
        yield from (one.ref.entry for one in kept)
    for others in (known.changes, known.comparisons, known.group_uses):
        yield from (one.ref.entry for one in others)
