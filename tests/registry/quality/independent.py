"""Figures of a member out of what its node serves, by a reader that shares none of its code.

What it knows: C2SP logs (`tests.e2e.independent`, the same reader that judges tiles), the chunk of
bodies that a member's node may ask for, the definitions of the figures with the arrangements of the
working days as named tables, and the words of the law that they cite. Only the checks that occur in
the region that is read are spelled out here: they are the registry's rules about single records.
"""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from tests.e2e.independent import VKey, copy_log, entry_of, need, read_checkpoint

SHANGHAI = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
Fetch = Callable[[str], Awaitable[bytes]]
FACTS = {
    *("registration", "permit", "penalty", "compulsion", "inspection", "sampling", "list_entry"),
    *("commitment", "evaluation", "honour", "per_mu", "relation", "risk_alert"),
}


@dataclass
class Entry:
    """One position: when it was first receipted, and its main part, if it is still there."""

    on: date
    main: dict | None
    restricted: dict

    @property
    def month(self) -> date:
        return self.on.replace(day=1)

    @property
    def unit(self) -> str:
        return self.main["source_unit"]["name"] if self.main else ""


@dataclass
class Log:
    origin: str
    size: int
    root: str
    entries: list[Entry] = field(default_factory=list)


async def read_log(fetch: Fetch, bodies: Fetch, log: VKey, mirror: VKey) -> Log:
    """Fetch checkpoint, tiles, entries and bodies; believe none of them but by the signatures."""
    copy = await copy_log(fetch, read_checkpoint(await fetch("checkpoint"), log, mirror))
    found = Log(log.name, copy.checkpoint.size, copy.checkpoint.root.hex())
    notes: dict[int, int] = {}
    lines: list[bytes | None] = []
    while len(lines) < found.size:
        header, _, rest = (await bodies(f"bodies?from={len(lines)}")).partition(b"\n")
        said = json.loads(header)
        gone = {one["idx"]: one["entry"] for one in said["erased"]}
        for note in said["checkpoints"]:
            seen = read_checkpoint(note.encode(), log, mirror)
            notes.setdefault(seen.size, seen.times[mirror.name])
        for line in rest.split(b"\n")[: said["to"] - said["from"]]:
            number = len(lines)
            entry = bytes.fromhex(gone[number]) if number in gone else entry_of(line)
            need(entry == copy.entries[number], "a body is not what was logged")
            lines.append(None if number in gone and not line.partition(b"\t")[0] else line)
    for number, line in enumerate(lines):
        time = notes[min(size for size in notes if size > number)]
        on = datetime.fromtimestamp(time, SHANGHAI).date()
        main, _, restricted = (line or b"").partition(b"\t")
        parts = json.loads(main or b"null"), json.loads(restricted or b"{}")
        found.entries.append(Entry(on, *parts))
    return found


@dataclass(frozen=True)
class Calendar:
    """Weekdays that are off and weekend days that are worked, as arranged."""

    off: frozenset[date]
    worked: frozenset[date]

    def works(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def nth(self, start: date, number: int) -> date:
        while number:
            start += DAY
            number -= self.works(start)
        return start

    def between(self, start: date, end: date) -> int:
        days = (end - start).days
        return sum(self.works(start + DAY * n) for n in range(1, days + 1))


def subject_key(main: dict) -> str | None:
    """Organisation code inside the unified code, else stated, else registration number."""
    who = main["subject"]
    uscc = "".join(who.get("uscc", "").upper().split())
    if len(uscc) == 18:
        return uscc[8:17]
    code = "".join(who.get("organisation_code", "").upper().replace("-", "").split())
    return code or who.get("registration_no")


def errors_of(main: dict, ids: set[str]) -> list[str]:
    """The error checks that occur: dates that contradict each other, an id that was used before."""
    until = main.get("publicity_until")
    if until is not None and until < main["decided_on"]:
        return ["contradicting-dates"]
    if main.get("effective_until", "9") < main["decided_on"]:
        return ["contradicting-dates"]
    return ["duplicate-id"] if main["id"] in ids else []


def warnings_of(main: dict, restricted: dict, days: Calendar) -> list[str]:
    """The warnings that occur: published later than the law says, nobody can be told by a code."""
    found = []
    published = main.get("published_on")
    timed = published is not None and main["type"] in {"penalty", "permit"}
    if timed and date.fromisoformat(published) > reported_by(main, days):
        found.append("late-report")
    who = main["subject"]
    if who["kind"] == "natural_person":
        if "subject_document" not in restricted:
            found.append("person-without-document")
    elif subject_key(main) is None:
        found.append("subject-without-code")
    return found


def reported_by(main: dict, days: Calendar) -> date:
    """国办发〔2015〕51号 item 17: 7 working days; SAMR Order 45 art. 9: 20."""
    organ = main["authority"]
    market = main["type"] == "penalty" and main.get("procedure") != "simple"
    market = market and any(w in organ.get("kind", "") + " " + organ["name"] for w in MARKET)
    return days.nth(date.fromisoformat(main["decided_on"]), 20 if market else 7)


MARKET = ("市场监督管理", "市场监管")


def due_of(main: dict, days: Calendar) -> date | None:
    if main["provenance"]["kind"] != "original":
        return None
    if main["type"] == "withdrawal":
        return days.nth(date.fromisoformat(main["decided_on"]), 3)
    return reported_by(main, days) if main["type"] in {"penalty", "permit"} else None


def median(values: list[int]) -> int | None:
    return sorted(values)[(len(values) - 1) // 2] if values else None


@dataclass
class Sums:
    """What a set of entries comes to, in the plainest way: one list for each thing."""

    volume: int = 0
    shares: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    days: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    corrections: int = 0
    facts: int = 0
    codes: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def figures(self) -> dict[str, list]:
        """[value, top, bottom] by figure: thousandths rounded half up, or median days."""
        found: dict[str, list] = {"volume": [self.volume, self.volume, 0]}
        for key in ("accepted", "matched", "complete", "in_time", "warned", "repeated"):
            found[key] = share(sum(self.shares[key]), len(self.shares[key]))
        found["corrected"] = share(self.corrections, self.facts)
        for key in ("days", "repair_days", "objection_days"):
            middle = median(self.days[key])
            found[key] = [middle, middle or 0, len(self.days[key])]
        return found


def share(top: int, bottom: int) -> list:
    value = int(1000 * top / bottom + 0.5) if bottom else None
    return [value, top, bottom]


def sound(log: Log) -> dict[int, dict]:
    """Positions whose record is not in quarantine."""
    ids: set[str] = set()
    kept = {}
    for idx, entry in enumerate(log.entries):
        if entry.main is not None and not errors_of(entry.main, ids):
            ids.add(entry.main["id"])
            kept[idx] = entry.main
    return kept


def twice_stated(logs: list[Log]) -> set[tuple[str, int]]:
    """Penalties of one subject, number and organ that another log states as well."""
    stated = defaultdict(set)
    for log in logs:
        for idx, main in sound(log).items():
            if main["type"] == "penalty" and main["provenance"]["kind"] == "original":
                number = "".join(main["decision_no"].split())
                who = json.dumps(main["subject"].get("uscc"))
                stated[who, number, main["authority"]["name"]].add((log.origin, idx))
    return {
        place
        for places in stated.values()
        if len({origin for origin, _ in places}) > 1
        for place in places
    }


@dataclass
class Region:
    """What an entry is compared with: the logs of all members, and two named tables."""

    logs: list[Log]
    columns: dict[str, list[str]]
    days: Calendar

    def __post_init__(self) -> None:
        self.sound = {log.origin: sound(log) for log in self.logs}
        self.twice = twice_stated(self.logs)
        self.known = {
            subject_key(main)
            for kept in self.sound.values()
            for main in kept.values()
            if main["type"] == "registration"
        }


def sums_of(region: Region, log: Log, chosen: Callable[[Entry, str], bool]) -> Sums:
    """Add up the entries of a log that are chosen by themselves and their type."""
    kept, found = region.sound[log.origin], Sums()
    for idx, entry in enumerate(log.entries):
        if not chosen(entry, "erased" if entry.main is None else entry.main["type"]):
            continue
        found.volume += 1
        if entry.main is not None:
            found.shares["accepted"].append(idx in kept)
        if idx in kept:
            by_itself(found, entry, region)
            by_others(found, entry.main, region, (log.origin, idx))
            by_days(found, entry, log.entries[0].on, region)
            if entry.main["type"] == "objection_outcome":
                objected(found, entry.main, kept, region.days)
    return found


def by_itself(found: Sums, entry: Entry, region: Region) -> None:
    main, warnings = entry.main, warnings_of(entry.main, entry.restricted, region.days)
    found.shares["warned"].append(bool(warnings))
    for code in warnings:
        found.codes[code] += 1
    for path in region.columns.get(main["type"], ()):
        value = main
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        found.shares["complete"].append(value is not None)
    found.facts += main["type"] in FACTS
    found.corrections += main["type"] in {"amendment", "withdrawal"}


def by_others(found: Sums, main: dict, region: Region, place: tuple[str, int]) -> None:
    kind = main["type"]
    somebody = main["subject"]["kind"] != "natural_person"
    if kind in FACTS and kind != "registration" and somebody:
        found.shares["matched"].append(subject_key(main) in region.known)
    if kind == "penalty" and main["provenance"]["kind"] == "original":
        found.shares["repeated"].append(place in region.twice)


def by_days(found: Sums, entry: Entry, began: date, region: Region) -> None:
    decided, due = date.fromisoformat(entry.main["decided_on"]), due_of(entry.main, region.days)
    timed, repair = due is not None and decided >= began, entry.main["type"] == "repair"
    if not timed and not repair:
        return
    took = min(region.days.between(decided, entry.on), 400)
    if timed:
        found.shares["in_time"].append(entry.on <= due)
        found.days["days"].append(took)
    if repair:
        found.days["repair_days"].append(took)


def objected(found: Sums, main: dict, kept: dict[int, dict], calendar: Calendar) -> None:
    for one in kept.values():
        if one["type"] == "objection" and one["id"] == main["target"]["id"]:
            received, answered = one["received_on"], main["decided_on"]
            days = calendar.between(date.fromisoformat(received), date.fromisoformat(answered))
            found.days["objection_days"].append(days)
