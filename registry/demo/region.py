"""The records of the demonstration region: about 3,000 over all types, in eleven logs.

``build`` is pure: equal seeds give equal records but for the salts, which must be new each time.
The cast, of which each shows one thing (``registry.demo.story``), is always the same; the rest is
drawn at random.
"""

import random
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from registry.demo.answers import tell_answers
from registry.demo.enterprises import CAST, Enterprise, enterprises, unified_code
from registry.demo.facts import (
    ADOPTIONS,
    BY_CODE,
    FACTS,
    MEMBERS,
    PARTIES,
    REGION,
    AdoptionOf,
    Member,
)
from registry.demo.organs import organ
from registry.demo.standards import tell_standards
from registry.demo.statements import (
    Case,
    Fields,
    ListingCase,
    Statement,
    Writer,
    act,
    list_entry,
    nobodys_number,
    penalty,
    permit,
    registration,
    representative_document,
    subject,
)
from registry.demo.story import Stage, tell, tie_bidders, tie_persons

SEED: Final = 20260301
LAST_DAY: Final = date(2026, 11, 20)
TOUR_DAY: Final = date(2026, 11, 23)
"""A day on which everything the tour shows holds."""

EDITION: Final = "2026-1"
PERMITS: Final = 930
PENALTIES: Final = 1_080
LISTED: Final = 196
_FIRST_DAY: Final = date(2024, 1, 5)
_OFFICE_NUMBER: Final = 900_000
_A_WEEK: Final = timedelta(days=7)
"""From a decision to its publication."""


@dataclass(frozen=True, slots=True)
class RulebookFiles:
    """A rulebook as it travels: its files by name, and the digest of the compiled book in hex."""

    title: str
    digest: str
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class DemoRegion:
    """All that the region states: records per log in order, and attachments by SHA-256 in hex."""

    enterprises: tuple[Enterprise, ...]
    logs: Mapping[str, Sequence[Statement]]
    attachments: Mapping[str, bytes]

    @property
    def wage_arrears(self) -> Enterprise:
        """The enterprise of the tour that is listed in one city and restricted in another."""
        return self.enterprises[0]

    @property
    def grade_a(self) -> Enterprise:
        """The enterprise whose honour is suspended by a later listing."""
        return self.enterprises[1]

    @property
    def flawed(self) -> int:
        """The number of records that are signed and go into quarantine."""
        return sum(s.flawed for statements in self.logs.values() for s in statements)

    def named(self, name: str) -> Enterprise:
        """Return an enterprise by its name."""
        return next(firm for firm in self.enterprises if firm.name == name)

    def counts(self) -> Counter[str]:
        """Return the number of records by type."""
        return Counter(s.type for statements in self.logs.values() for s in statements)


def new_salt() -> str:
    """Return 32 random lowercase hex digits."""
    return secrets.token_hex(16)


def build(
    rulebook: RulebookFiles, seed: int = SEED, salt: Callable[[], str] = new_salt
) -> DemoRegion:
    """Return the whole region; equal seeds give equal records but for the salts."""
    rng = random.Random(seed)  # noqa: S311 - invented records, no secrets
    firms = enterprises(rng)
    writers = {party.code: Writer(party, salt) for party in PARTIES}
    for number, firm in enumerate(firms):
        status = "cancelled" if _one_in(60, number, 59) else "active"
        registration(writers[firm.home.code], firm, status)
    _permits(rng, firms, writers)
    penalties = _penalties(rng, firms, writers)
    listed = _lists(rng, firms, writers)
    by_segment = {writer.member.segment: writer for writer in writers.values()}
    stage = Stage({firm.name: firm for firm in firms}, by_segment, rng)
    tell(stage)
    tell_answers(stage, EDITION)
    tie_persons(stage, listed)
    tie_bidders(stage, firms[CAST:])
    _acts(rng, penalties, listed)
    tell_standards(writers, firms[:CAST])
    _rulebook(writers[REGION.code], rulebook)
    for adoption in ADOPTIONS:
        _adopt(writers[adoption.member], adoption)
    return DemoRegion(
        enterprises=firms,
        logs={writer.member.origin: tuple(writer.written) for writer in writers.values()},
        attachments={sha256(body).hexdigest(): body for body in rulebook.files.values()},
    )


def _one_in(many: int, number: int, at: int) -> bool:
    """Pick one of every ``many``, so that each special case occurs whatever the seed."""
    return number % many == at


def _day(rng: random.Random, member: Member) -> date:
    """Return a day of decision; a member that fell silent has published everything by then."""
    day = _FIRST_DAY + timedelta(days=rng.randrange((LAST_DAY - _FIRST_DAY).days - 120))
    return min(day, (member.silent_since or LAST_DAY) - _A_WEEK)


def _where(rng: random.Random, firm: Enterprise) -> Member:
    """Mostly the enterprise's own city acts; one time in five another one does."""
    return rng.choice(MEMBERS) if rng.randrange(5) == 0 else firm.home


def _permits(
    rng: random.Random, firms: Sequence[Enterprise], writers: Mapping[str, Writer]
) -> None:
    for _ in range(PERMITS):
        firm = rng.choice(firms[CAST:])
        writer = writers[_where(rng, firm).code]
        permit(writer, rng.choice(FACTS.licences), firm, _day(rng, writer.member))


Done = list[tuple[Writer, Statement]]


def _penalties(
    rng: random.Random, firms: Sequence[Enterprise], writers: Mapping[str, Writer]
) -> Done:
    done: Done = []
    for number in range(PENALTIES):
        firm = rng.choice(firms[CAST:])
        writer = writers[_where(rng, firm).code]
        offence = rng.choice(FACTS.offences)
        case = Case(
            offence,
            _day(rng, writer.member),
            level="unclassified" if _one_in(40, number, 0) else offence.severity,
            procedure="simple" if _one_in(25, number, 7) else "ordinary",
            publication="government" if _one_in(30, number, 11) else "public",
            fine=rng.randint(*offence.fine),
        )
        if _one_in(35, number, 3):
            penalty(writer, case, *_person(rng, firm))
            continue
        restricted = representative_document(firm, rng) if _one_in(4, number, 0) else None
        who = subject(firm)
        if _one_in(50, number, 21):
            who = {**who, "organisation_code": firm.organisation_code}
            del who["uscc"]
        done.append((writer, penalty(writer, case, who, restricted)))
    return done


def _person(rng: random.Random, firm: Enterprise) -> tuple[Fields, Fields]:
    name = f"{firm.representative}人"
    document = {"name": name, "type": "身份证", "number": nobodys_number(firm.uscc[2:8], rng)}
    return {"kind": "natural_person", "name": name}, {"subject_document": document}


def _lists(rng: random.Random, firms: Sequence[Enterprise], writers: Mapping[str, Writer]) -> Done:
    kinds = (*FACTS.listings, "anomaly-directory", "tax-grade-a")
    done: Done = []
    for number, firm in enumerate(rng.sample(firms[CAST:], LISTED)):
        code = kinds[number % len(kinds)]
        writer = writers[firm.home.code]
        persons = code == "wage-arrears"
        case = ListingCase(_day(rng, writer.member), persons)
        done.append((writer, list_entry(writer, code, firm, case)))
    return done


def _acts(rng: random.Random, penalties: Done, listed: Done) -> None:
    """Repair, withdraw and strike off: what nobody may see any more afterwards."""
    for number, (writer, statement) in enumerate(penalties):
        on = _after(rng, writer, statement)
        if _one_in(13, number, 5):
            act(writer, statement, on, {"type": "repair", "text": "信用修复完成（示例）"})
        elif _one_in(60, number, 17):
            act(writer, statement, on, {"type": "withdrawal", "reason": "revoked"})
    for number, (writer, statement) in enumerate(listed):
        if _one_in(3, number, 1):
            on = _after(rng, writer, statement)
            act(writer, statement, on, {"type": "list_exit", **_exit(statement)})


def _exit(statement: Statement) -> Fields:
    reasons = {
        "court-debtors": "performed",
        "anomaly-directory": "corrected",
        "tax-grade-a": "grade_changed",
    }
    code = str(statement.main["list"])
    return {"list": code, "reason": reasons.get(code, "early_removal")}


def _after(rng: random.Random, writer: Writer, statement: Statement) -> date:
    decided = date.fromisoformat(str(statement.main["decided_on"]))
    last = writer.member.silent_since or LAST_DAY
    return min(last, decided + timedelta(days=rng.randrange(95, 400)))


def _rulebook(writer: Writer, rulebook: RulebookFiles) -> None:
    code = unified_code("12", "320100", _OFFICE_NUMBER)
    office = {"name": REGION.name, "uscc": code, "division": "320100"}
    writer.write(
        {
            "type": "rulebook",
            "subject": {"kind": "organisation", "name": REGION.name, "uscc": code},
            "authority": office,
            "decided_on": "2026-04-10",
            "published_on": "2026-04-10",
            "severity": {"class": "unclassified"},
            "edition": EDITION,
            "title": rulebook.title,
            "book_digest": rulebook.digest,
            "effective_from": "2026-05-01",
            "attachments": [
                {
                    "name": name,
                    "sha256": sha256(body).hexdigest(),
                    "size": len(body),
                    "media_type": "application/yaml",
                }
                for name, body in sorted(rulebook.files.items())
            ],
        }
    )


def _adopt(writer: Writer, adoption: AdoptionOf) -> None:
    member = BY_CODE[adoption.member]
    office = organ("credit", member)
    fields: Fields = {
        "type": "adoption",
        "subject": {"kind": "organisation", "name": office["name"], "uscc": office["uscc"]},
        "authority": office,
        "decided_on": (adoption.start - timedelta(days=10)).isoformat(),
        "published_on": (adoption.start - timedelta(days=8)).isoformat(),
        "severity": {"class": "unclassified"},
        "rule": adoption.rule,
        "edition": EDITION,
        "territory": adoption.member,
        "instrument": adoption.instrument,
        "in_force_from": adoption.start.isoformat(),
    }
    if adoption.allows:
        fields["allows"] = list(adoption.allows)
    writer.write(fields)
