"""The situations of ``region.yaml``: who is judged to be who, and what the public sees of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from registry.demo.asking import Node
from registry.demo.facts import FACTS, Situation
from registry.demo.job import DemoError
from registry.demo.region import DemoRegion
from registry.resources import Resources
from registry.store.links import Links


async def judge(resources: Resources, region: DemoRegion) -> int:
    """Judge who is who, as organs of the region do at a node; return how many judgements."""
    links = Links(resources.db)
    codes = {firm.name: firm.uscc for firm in region.enterprises} | {
        told.old: region.named(one.name).registration_no
        for one in FACTS.cast
        for told in one.records
        if told.old
    }
    for judged in FACTS.judgements:
        one = await links.subject(codes[judged.one])
        other = await links.subject(codes[judged.other])
        pair, at = (one.subject_id, other.subject_id), resources.clock.now()
        await links.judge(pair, judged.judgement, judged.by, judged.reason, at)
    return len(FACTS.judgements)


@dataclass(frozen=True, slots=True)
class Seen:
    """A situation, whom it is about, and the address of the page that shows it."""

    told: Situation
    subject_id: str
    asked: dict[str, str]

    @property
    def path(self) -> str:
        """The page, without the host."""
        return f"/subject/{self.subject_id}?{urlencode(self.asked)}"


def look_at_all(node: Node, region: DemoRegion, on: date) -> tuple[Seen, ...]:
    """Look at each situation as the public does.

    Raises:
        DemoError: something is not found, not shown, or shown that must not be.
    """
    seen = tuple(_seen(node, region, told, on) for told in FACTS.situations)
    wrong = {one.told.key: found for one in seen if (found := [*_wrong(node, one, on)])}
    if wrong:
        raise DemoError(f"situations: {wrong}")
    return seen


def _seen(node: Node, region: DemoRegion, told: Situation, on: date) -> Seen:
    hits = node.find(region.named(told.firm).uscc).hits
    asked = {"on": on.isoformat()}
    if told.ask is not None:
        asked["territory"] = told.ask.territory
        if not told.ask.organ_kind:  # the page asks for whichever organ is competent
            asked["matter"] = told.ask.matter
    return Seen(told, hits[0].subject_id if hits else "not-found", asked)


def _wrong(node: Node, seen: Seen, on: date) -> Iterator[str]:
    told, subject_id, ask = seen.told, seen.subject_id, seen.told.ask
    for text in told.find:
        if subject_id not in {hit.subject_id for hit in node.find(text).hits}:
            yield f"not found by {text}"
    if ask is not None:
        decided = node.decide(subject_id, ask.territory, ask.matter, on, ask.organ_kind).decision
        measures = tuple(f"{m.rule}/{m.measure}/{m.effect}/{m.state}" for m in decided.measures)
        if measures != told.measures:
            yield f"applies: {measures}"
    page = node.page(f"/subject/{subject_id}", seen.asked)
    yield from (f"not shown: {text}" for text in told.shows if text not in page)
    yield from (f"shown: {text}" for text in told.hides if text in page)
