"""What stands beside an answer: what decided, what differs, and what else there is."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from registry.domain.records.standards import StandardRecognition
from registry.standards.chain import is_overdue, paper_words
from registry.standards.editions import given
from registry.standards.model import Ask
from registry.standards.recognise import names_product
from registry.standards.statutes import Named, Statutes
from registry.standards.weighing import Paper, Scale, Weighed
from registry.standards.words import (
    DEGREES,
    FIELDS,
    FIRST,
    FIRST_SALE,
    NOTES,
    both,
    place_name,
)
from registry.standards.written import covers, group

ELSEWHERE_MAX: Final = 5
"""Other places and uses that are named beside an answer; all of them are in the records."""


def first_sentence(ask: Ask, number: str, statutes: Statutes) -> Named:
    """Return the sentence that stands first, always (wording 2)."""
    place = place_name(ask.territory)
    if ask.use == "sale":
        return both(FIRST_SALE, {"place": place[0]}, {"place": place[1]})
    use = statutes.uses[ask.use]
    zh = {"place": place[0], "use": use[0], "number": number}
    return both(FIRST, zh, {"place": place[1], "use": use[1], "number": number})


def notes(scale: Scale, weighed: Weighed) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the notes in Chinese and in English, in the same order."""
    found = [
        *_decided(weighed),
        *_products(weighed),
        *_standing(weighed),
        *_of_edition(scale, weighed),
        *islice(_elsewhere(scale, weighed), ELSEWHERE_MAX),
    ]
    once = dict.fromkeys(found)
    return tuple(zh for zh, _ in once), tuple(en for _, en in once)


def _decided(weighed: Weighed) -> Iterator[Named]:
    """Yield what decided."""
    place, edition = place_name(weighed.ask.territory), weighed.edition
    effective = None if edition is None else edition.effective_on
    same = {"number": weighed.number, "effective": str(effective or "—")}
    zh, en = {**same, "place": place[0]}, {**same, "place": place[1]}
    yield from (both(NOTES[code], zh, en) for code in weighed.why)


def _products(weighed: Weighed) -> Iterator[Named]:
    """Yield for which products it holds, where none was asked about."""
    first = weighed.first
    products = () if first is None else first.held.record.products
    if products and not weighed.ask.product and not names_product(products, ""):
        listed = "、".join(products)
        yield (f"以上仅就所列产品而言：{listed}。", f"This is for the products listed: {listed}.")


def _standing(weighed: Weighed) -> Iterator[Named]:
    """Yield how the documents stand that were found and do not serve as they are."""
    kinds = {paper.recognises for paper in weighed.counted}
    if kinds == {False}:
        yield (
            "所列文件采信的是检验检测、认证结果，不是认可标准本身。",
            (
                "The document accepts results of testing or certification; it does not recognise"
                " the standard itself."
            ),
        )
    if weighed.mutual is not None:
        there = place_name(weighed.mutual.record.territory)
        yield (f"与{there[0]}互认（双方）。", f"Mutual with {there[1]}.")
    elif any(_names_other_side(paper) for paper in weighed.counted[:1]):
        yield (
            "认可（单方）：对方尚未报送相应的认可文件。",
            "One way: the other side has logged no recognition in return.",
        )
    for paper in weighed.papers:
        if paper.code or is_overdue(paper.held, weighed):
            said, record = paper_words(paper, weighed), paper.held.record
            name = f"{record.authority.name}（{record.instrument}）"
            yield (f"{name}：{said[0]}。", f"{name}: {said[1]}.")


def _names_other_side(paper: Paper) -> bool:
    record = paper.held.record
    if not isinstance(record, StandardRecognition) or paper.verdict == "no":
        return False
    return given(record.counterpart) is not None


def _of_edition(scale: Scale, weighed: Weighed) -> Iterator[Named]:
    """Yield what is to be known of the edition: sources that differ, amendments, replacements."""
    edition, shelf, on = weighed.edition, scale.shelf, weighed.ask.on
    if edition is None:
        return
    for one in edition.differences:
        field = FIELDS[one.field]
        yield (
            f"来源不一致：{field[0]}以“{one.told}”为准，{one.ref.origin}载为“{one.other}”。",
            f"Sources differ: {field[1]} is “{one.told}”; {one.ref.origin} has “{one.other}”.",
        )
    for notice in shelf.amendments(edition, on):
        by = given(notice.record.by) or notice.record.instrument
        yield (
            f"修改单{by}自{notice.record.effective_on}起施行，应一并执行。",
            f"Amendment {by} is in force from {notice.record.effective_on}.",
        )
    for link in shelf.parts(edition, on):
        clauses = f"（{link.clauses}）" if link.clauses else ""
        yield (f"被{link.by}部分代替{clauses}。", f"Replaced in part by {link.by} {link.clauses}.")
    for link in shelf.coming(edition.number, on):
        whole = ("代替", "Replaced") if link.whole else ("部分代替", "Replaced in part")
        yield (
            f"自{link.since}起由{link.by}{whole[0]}，此前不受影响。",
            f"{whole[1]} by {link.by} from {link.since}, not before.",
        )
    for one_of in edition.adopts:
        if one_of.degree == "NEQ":
            number = one_of.number
            yield (
                f"与{number}仅有对应关系（NEQ），不是采用。",
                f"It only corresponds to {number} (NEQ); that is no adoption.",
            )
    cycle = shelf.successors(edition.number)[1]
    if cycle:
        way = " → ".join(cycle)
        yield (f"代替关系成环，须核实：{way}。", f"Replacements form a cycle, check: {way}.")


def _elsewhere(scale: Scale, weighed: Weighed) -> Iterator[Named]:
    """Yield documents on the same standard for other uses or places, in force."""
    ask = weighed.ask
    for one in scale.held_on(ask.on):
        record = one.record
        counts = not one.defect and one.course == "in_force" and record.degree != "refused"
        same = group(record.number) == group(weighed.number)
        here = record.use == ask.use and covers(record.territory, ask.territory)
        if counts and same and not here:
            place, use = place_name(record.territory), scale.statutes.uses[record.use]
            degree = DEGREES[record.degree]
            yield (
                f"另见：{place[0]}（{use[0]}）{record.instrument}：{record.number}，{degree[0]}。",
                (
                    f"See also {place[1]} ({use[1]}), {record.instrument}: {record.number},"
                    f" {degree[1]}."
                ),
            )
