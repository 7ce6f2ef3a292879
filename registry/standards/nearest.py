"""What is nearest to a standard that does not serve: which others may, and by which relation.

In order of strength: compared and not stricter than it, what it stands for, the other provincial
issues of a regional standard, what it adopts and what adopts it (identical before modified; NEQ is
no adoption), what it replaced and what replaced it. Each is named once, by the strongest relation.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final, Literal, NamedTuple

from msgspec.structs import replace

from registry.domain.records.standards import StandardComparison, StandardRecognition
from registry.standards.editions import given, same_edition
from registry.standards.model import Nearest, Ref, Stated, Verdict
from registry.standards.results import taken_into
from registry.standards.statutes import Named
from registry.standards.weighing import Scale, Weighed
from registry.standards.words import both, place_name
from registry.standards.written import covers, identity, issues, territory, year

NEAREST_MAX: Final = 12
"""Others that are weighed, too; each is a question of its own."""

Why = Literal[
    "replaces", "replaced_by", "adopts", "adopted_by", "compared", "regional_issue", "stands_for"
]
_DEGREES: Final = ("IDT", "MOD", "EQV")


class Candidate(NamedTuple):
    """Another number, why it is near, by which record, in both languages."""

    number: str
    why: Why
    ref: Ref | None
    texts: Named


def nearest(scale: Scale, weighed: Weighed) -> tuple[Nearest, ...]:
    """Return others that may serve, the nearest first, each with its own verdict."""
    once: dict[str, Candidate] = {}
    for one in _candidates(scale, weighed):
        if not same_edition(one.number, weighed.number):
            once.setdefault(one.number, one)
    return tuple(
        Nearest(one.number, one.why, _verdict(scale, weighed, one), *one.texts, one.ref)
        for one in islice(once.values(), NEAREST_MAX)
    )


def _verdict(scale: Scale, weighed: Weighed, one: Candidate) -> Verdict:
    return scale.weigh(replace(weighed.ask, number=one.number)).verdict


def _candidates(scale: Scale, weighed: Weighed) -> Iterator[Candidate]:
    yield from _compared(scale, weighed)
    yield from _standing_for(scale, weighed)
    yield from _taken_into(scale, weighed)
    yield from _regional(scale, weighed)
    yield from _adoptions(scale, weighed)
    yield from _replacements(scale, weighed)


def _compared(scale: Scale, weighed: Weighed) -> Iterator[Candidate]:
    """Yield what the standard was compared with, where it is nowhere the laxer of the two."""
    latest: dict[str, tuple[Stated[StandardComparison], str]] = {}
    for stated in scale.known.comparisons:
        record = stated.record
        for mine, other, side in ((record.a, record.b, "a"), (record.b, record.a, "b")):
            if same_edition(mine, weighed.number) and record.reviewed_on <= weighed.ask.on:
                before = latest.get(other)
                if before is None or before[0].record.reviewed_on <= record.reviewed_on:
                    latest[other] = (stated, side)
    for other, (stated, side) in sorted(latest.items()):
        enough = {"same", f"stricter_{side}", f"only_{side}"}
        if all(row.relation in enough for row in stated.record.rows):
            yield Candidate(other, "compared", stated.ref, _of_comparison(stated.record))


def _of_comparison(record: StandardComparison) -> Named:
    count = len(record.rows)
    return (
        (
            f"标准比对（{record.product}，{record.reviewer}，{record.reviewed_on}）："
            f"所问标准的{count}项指标均与之相同或者更严"
        ),
        (
            f"compared ({record.product}, {record.reviewer}, {record.reviewed_on}): the one in"
            f" question is the same or stricter in every indicator ({count})"
        ),
    )


def _standing_for(scale: Scale, weighed: Weighed) -> Iterator[Candidate]:
    """Yield what the standard was taken for somewhere, and what is taken for it here."""
    ask = weighed.ask
    for one in scale.held_on(ask.on):
        record = one.record
        counts = not one.defect and one.course == "in_force" and record.degree != "refused"
        if not isinstance(record, StandardRecognition) or not counts:
            continue
        other, where = given(record.stands_for), place_name(record.territory)
        if other is None:
            continue
        if one.holds_for(weighed.number):
            yield Candidate(other, "stands_for", one.stated.ref, both(_STOOD, _named(where)))
        here = record.use == ask.use and covers(record.territory, ask.territory)
        if here and same_edition(other, weighed.number):
            ref = one.stated.ref
            yield Candidate(one.numbers[-1], "stands_for", ref, both(_STANDS, _named(where)))


def _named(where: Named) -> dict[str, str]:
    return {"zh": where[0], "en": where[1]}


_STOOD: Final[Named] = (
    "{zh}认可所问标准时以此标准为对应标准",
    "the standard for which {en} takes the one in question",
)
_STANDS: Final[Named] = ("{zh}认可它可替代所问标准", "{en} takes it for the one in question")
_TAKEN: Final[Named] = (
    "团体标准已被采信，纳入此标准（{instrument}）",
    "the group standard was taken into this one ({instrument})",
)


def _taken_into(scale: Scale, weighed: Weighed) -> Iterator[Candidate]:
    """Yield the public standards into which a group standard was taken by the day."""
    for stated in taken_into(scale.known.group_uses, weighed.number, weighed.ask.on):
        record = stated.record
        texts = both(_TAKEN, {"instrument": record.instrument})
        yield Candidate(record.into, "stands_for", stated.ref, texts)


def _regional(scale: Scale, weighed: Weighed) -> Iterator[Candidate]:
    """Yield the other provinces' issues of a regional standard: the same year, or in force."""
    dated, own = year(weighed.number), identity(weighed.number)
    for issue in issues(weighed.number):
        edition = scale.shelf.meant(f"{issue}-{dated}" if dated else issue, weighed.ask.on)
        if issue != own and edition is not None:
            home = place_name(territory(issue) or "")
            texts = (
                f"同一区域统一地方标准在{home[0]}的发布编号",
                f"the same regional standard as issued in {home[1]}",
            )
            yield Candidate(edition.number, "regional_issue", edition.sources[0].ref, texts)


def _adoptions(scale: Scale, weighed: Weighed) -> Iterator[Candidate]:
    """Yield what it adopts and what adopts it, identical ones first; NEQ is no adoption."""
    edition = weighed.edition
    ours = () if edition is None else edition.adopts
    for degree in _DEGREES:
        for one in ours:
            if one.degree == degree and edition is not None:
                texts = (
                    f"所问标准采用它（{degree}）",
                    f"adopted by the one in question ({degree})",
                )
                yield Candidate(one.number, "adopts", edition.sources[0].ref, texts)
        for other, how in scale.shelf.adopting(weighed.number):
            if how == degree:
                ref = scale.shelf.editions[other].sources[0].ref
                texts = (f"采用所问标准（{degree}）", f"adopts the one in question ({degree})")
                yield Candidate(other, "adopted_by", ref, texts)


def _replacements(scale: Scale, weighed: Weighed) -> Iterator[Candidate]:
    """Yield what replaced it, step by step, and what it replaced."""
    shelf = scale.shelf
    for number in shelf.successors(weighed.number)[0]:
        texts = ("代替所问标准", "replaced the one in question")
        yield Candidate(number, "replaced_by", _source(scale, number), texts)
    for number in shelf.predecessors(weighed.number):
        texts = ("被所问标准代替", "replaced by the one in question")
        yield Candidate(number, "replaces", _source(scale, number), texts)


def _source(scale: Scale, number: str) -> Ref | None:
    edition = scale.shelf.editions.get(number)
    return None if edition is None else edition.sources[0].ref
