"""Random worlds against a second, naive evaluator: who must answer and who must lift.

The second one knows nothing of compiled books, facts or records: it goes over a story of one firm
day by day, from the words of the domain (0.1.7, 7.2) and of rule R02 alone.
"""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count

import pytest

from registry.domain.records import decode_main
from registry.query.pushes import Scene, answers_of, lifts_of, pushes_of
from registry.query.views import RulebookView
from registry.rules.compile import compile_book
from registry.rules.load import load_book
from registry.rules.model import Adoption, AdoptionIndex
from registry.store.logs import log_id_of
from registry.store.reading_files import Loaded, Stated
from registry.store.reading_records import RecordRow, SubjectRow
from signing.record import encode_record, entry_of
from tests.registry.query import scene as told
from tests.registry.query.test_pushes import LABOUR, reply, use
from tests.registry.world import ELSEWHERE, NANJING, PARTIES, REGION, WUHU, charter

CHARTER = charter()
BOOK = compile_book(load_book(told.book_files()))
FIRM = bytes.fromhex(told.sid(told.uscc(1)))
ROOT = SubjectRow(FIRM, "uscc", told.uscc(1), "organisation", "")
MEMBERS = {"320100": NANJING, "340200": WUHU, "341100": ELSEWHERE}
BEGAN = date(2026, 6, 1)
TODAY = date(2026, 11, 23)
PUSHED = {"m-funds", "m-honours-any"}
"""What R02 asks of organs: its other measures are notices, or hidden, while a basis is missing."""
WORLDS = 1_000


@dataclass(frozen=True)
class Listed:
    """A listing in Wuhu: from when, and when it was repaired, if it was."""

    on: date
    repaired: date | None


@dataclass(frozen=True)
class Did:
    """What a member says of a measure because of one listing (by number), or of its own word."""

    member: str
    measure: str
    listing: int
    result: str
    on: date
    lifted: date | None


@dataclass(frozen=True)
class World:
    """Everything that happened to one firm, and which members adopted R02."""

    listings: tuple[Listed, ...]
    adopted: frozenset[str]
    permits: frozenset[str]
    moved: bool
    did: tuple[Did, ...]


def between(chance: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=chance.randrange((last - first).days + 1))


def world(chance: random.Random) -> World:
    listings = []
    for _ in range(chance.randint(1, 3)):
        on = between(chance, BEGAN, date(2026, 9, 1))
        ended = between(chance, on + timedelta(days=1), date(2026, 12, 20))
        listings.append(Listed(on, chance.choice((None, ended))))
    did = []
    for _ in range(chance.randint(0, 5)):
        number = chance.randrange(len(listings))
        on = between(chance, listings[number].on, TODAY)
        result = chance.choice(("applied", "applied", "not_applied", "refused"))
        lifted = (
            between(chance, on, TODAY) if result == "applied" and chance.random() < 0.4 else None
        )
        member = chance.choice([*MEMBERS])
        did.append(Did(member, chance.choice([*PUSHED]), number, result, on, lifted))
    some = [frozenset(code for code in MEMBERS if chance.random() < 0.6) for _ in range(2)]
    return World(tuple(listings), some[0], some[1], chance.random() < 0.5, tuple(did))


# ------------------------------------------------------------------ the naive evaluator


def standing(listed: Listed, on: date) -> bool:
    return listed.on <= on and (listed.repaired is None or on < listed.repaired)


def ties(told_of: World, member: str) -> bool:
    home = "320100" if told_of.moved else "340200"  # the code of the firm is of Wuhu
    return member in told_of.permits or member == home


def naive_pushes(told_of: World) -> dict[tuple[str, str, int], str]:
    """Return which push stands and how: by member, measure and number of the listing."""
    found = {}
    for member in told_of.adopted:
        if not ties(told_of, member):
            continue
        for number, listed in enumerate(told_of.listings):
            if not standing(listed, TODAY):
                continue
            for measure in PUSHED:
                mine = (member, measure, number)
                answered = any((d.member, d.measure, d.listing) == mine for d in told_of.did)
                found[mine] = "answered" if answered else "open"
    return found


def naive_lifts(told_of: World) -> dict[tuple[str, str], str]:
    """Return what is to be lifted, or was: applied once, and no listing stands any more."""
    found = {}
    for member in MEMBERS:
        for measure in PUSHED:
            applied = [
                d
                for d in told_of.did
                if (d.member, d.measure, d.result) == (member, measure, "applied")
            ]
            stands = member in told_of.adopted and any(
                standing(one, TODAY) for one in told_of.listings
            )
            if not applied or stands:
                continue
            last = max(d.on for d in applied)
            done = any(d.lifted is not None and d.lifted >= last for d in applied)
            found[member, measure] = "lifted" if done else "to lift"
    return found


# ------------------------------------------------------------------ the world as records


class Log:
    """Puts records where they stand, without a database."""

    def __init__(self) -> None:
        self._places = {origin: count() for origin in PARTIES}
        self.stated: list[Stated] = []

    def put(self, origin: str, main: dict[str, object], acts: tuple[Stated, ...] = ()) -> Stated:
        whole = encode_record(main, None)
        record = decode_main(whole)
        row = RecordRow(
            FIRM, log_id_of(origin), next(self._places[origin]), str(main["type"]), record.id,
            record.decided_on, str(main.get("list", "")), None, None, competent=True, flags=(),
        )  # fmt: skip
        member = PARTIES[origin][0]
        entry = entry_of(whole, None)
        return Stated(row, origin, member, record, whole, entry, has_restricted=False, acts=acts)

    def keep(self, one: Stated) -> told.Placed:
        self.stated.append(one)
        return self.named(one)

    @staticmethod
    def named(one: Stated) -> told.Placed:
        return told.Placed(one.origin, one.row.idx, one.record.id, one.entry)


def records_of(told_of: World) -> list[Stated]:
    log = Log()
    if told_of.moved:
        log.keep(log.put(WUHU, told.registration(division="320102")))
    for member in told_of.permits:
        log.keep(log.put(MEMBERS[member], told.permit()))
    placed = [log.keep(listing_of(one, log)) for one in told_of.listings]
    for done in told_of.did:
        word(done, placed[done.listing], log)
    return log.stated


def listing_of(listed: Listed, log: Log) -> Stated:
    day = listed.on.isoformat()
    bare = log.put(WUHU, told.listing(listed_on=day, decided_on=day))
    if listed.repaired is None:
        return bare
    ended = told.act("repair", log.named(bare), listed.repaired.isoformat(), **LABOUR)
    repair = log.put(WUHU, {**ended, "decided_on": min(listed.repaired, TODAY).isoformat()})
    log.keep(repair)
    return replace(bare, acts=(repair,))


def word(done: Did, cause: told.Placed, log: Log) -> None:
    """Write what a member did: in a matter it is a use, else an answer."""
    day, origin = done.on.isoformat(), MEMBERS[done.member]
    said = {
        "measure": done.measure, "territory": done.member, "result": done.result,
        "decided_on": day,
    }  # fmt: skip
    in_a_matter = done.result == "not_applied" or (done.result == "applied" and done.listing % 2)
    if in_a_matter:
        own = log.keep(log.put(origin, use(cause, handled_on=day, **said)))
    else:
        own = log.keep(log.put(origin, reply(cause, answered_on=day, **said)))
    if done.lifted is not None:
        day = done.lifted.isoformat()
        lifted = {**said, "result": "lifted", "answered_on": day, "decided_on": day}
        log.keep(log.put(origin, reply(own, **lifted)))


def scene_of(told_of: World) -> Scene:
    adoptions = AdoptionIndex(
        Adoption("R02", "2026-1", member, "示例机关", "示例〔2026〕1号", date(2026, 5, 1))
        for member in told_of.adopted
    )
    view = RulebookView("2026-1", "示例", BOOK.digest, BEGAN, REGION, 0, BOOK, adoptions)
    return Scene(view, CHARTER, TODAY, {})


@pytest.mark.parametrize("seed", range(4))
def test_both_evaluators_agree_in_every_world_whatever_the_order_of_the_records(seed: int):
    chance = random.Random(seed)
    met: set[str] = set()
    for _ in range(WORLDS // 4):
        told_of = world(chance)
        records = records_of(told_of)
        scene = scene_of(told_of)
        numbers = {
            one.entry: number
            for number, one in enumerate(r for r in records if r.row.type == "list_entry")
        }
        chance.shuffle(records)
        loaded = Loaded(ROOT, (ROOT,), tuple(records))
        pushes = {
            (one.member, one.measure.measure, numbers[one.cause.entry]): (
                "answered" if one.state(TODAY) == "answered" else "open"
            )
            for one in pushes_of(loaded, scene)
        }
        lifts = {
            (one.member, one.applied.measure): "to lift" if one.done is None else "lifted"
            for one in lifts_of(loaded, scene)
        }
        assert pushes == naive_pushes(told_of), told_of
        assert lifts == naive_lifts(told_of), told_of
        met |= {*pushes.values(), *lifts.values()}
        for lift in lifts_of(loaded, scene):
            assert lift.due > lift.since
            assert lift.since <= TODAY
            assert lift.applied in answers_of(loaded, TODAY)
    assert met == {"open", "answered", "to lift", "lifted"}
