"""The records of the demonstration region: about 1,500 over all types, in eleven logs.

``build`` is pure: equal seeds give equal records but for the salts, which must be new each time.
The two enterprises of the tour and the special cases (a repaired record nobody sees, an
unclassified one, a relayed court list, natural persons, a member that adopted nothing) are always
the same; the rest is drawn at random.
"""

import random
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from registry.demo.enterprises import Enterprise, enterprises, unified_code
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
from registry.demo.statements import (
    Case,
    Fields,
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

SEED: Final = 20260301
LAST_DAY: Final = date(2026, 11, 20)
TOUR_DAY: Final = date(2026, 11, 23)
"""A day on which everything the tour shows holds."""

WAGE_LISTED_ON: Final = date(2026, 3, 10)
EDITION: Final = "2026-1"
PERMITS: Final = 480
PENALTIES: Final = 520
LISTED: Final = 96
_FIRST_DAY: Final = date(2024, 1, 5)
_OFFICE_NUMBER: Final = 900_000


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
    _tour(firms, writers)
    _acts(rng, penalties, listed)
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


def _day(rng: random.Random) -> date:
    return _FIRST_DAY + timedelta(days=rng.randrange((LAST_DAY - _FIRST_DAY).days - 120))


def _where(rng: random.Random, firm: Enterprise) -> Member:
    """Mostly the enterprise's own city acts; one time in five another one does."""
    return rng.choice(MEMBERS) if rng.randrange(5) == 0 else firm.home


def _permits(
    rng: random.Random, firms: Sequence[Enterprise], writers: Mapping[str, Writer]
) -> None:
    for _ in range(PERMITS):
        firm = rng.choice(firms)
        writer = writers[_where(rng, firm).code]
        permit(writer, rng.choice(FACTS.licences), firm, _day(rng))


Done = list[tuple[Writer, Statement]]


def _penalties(
    rng: random.Random, firms: Sequence[Enterprise], writers: Mapping[str, Writer]
) -> Done:
    done: Done = []
    for number in range(PENALTIES):
        firm = rng.choice(firms[2:])  # the two of the tour stay clear of chance
        writer = writers[_where(rng, firm).code]
        offence = rng.choice(FACTS.offences)
        case = Case(
            offence,
            _day(rng),
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
    for number, firm in enumerate(rng.sample(firms[2:], LISTED)):
        code = kinds[number % len(kinds)]
        writer = writers[firm.home.code]
        persons = code == "wage-arrears"
        done.append((writer, list_entry(writer, code, firm, _day(rng), persons=persons)))
    return done


def _tour(firms: Sequence[Enterprise], writers: Mapping[str, Writer]) -> None:
    wuhu, xuancheng = writers["340200"], writers["341800"]
    list_entry(wuhu, "wage-arrears", firms[0], WAGE_LISTED_ON, persons=True)
    permit(wuhu, FACTS.licences[3], firms[0], date(2025, 4, 2))
    list_entry(xuancheng, "tax-grade-a", firms[1], date(2026, 4, 28))
    list_entry(xuancheng, "samr-serious", firms[1], date(2026, 5, 20))


def _acts(rng: random.Random, penalties: Done, listed: Done) -> None:
    """Repair, withdraw and strike off: what nobody may see any more afterwards."""
    for number, (writer, statement) in enumerate(penalties):
        on = _after(rng, statement)
        if _one_in(13, number, 5):
            act(writer, statement, on, {"type": "repair", "text": "信用修复完成（示例）"})
        elif _one_in(60, number, 17):
            act(writer, statement, on, {"type": "withdrawal", "reason": "revoked"})
    for number, (writer, statement) in enumerate(listed):
        if _one_in(3, number, 1):
            on = _after(rng, statement)
            act(writer, statement, on, {"type": "list_exit", **_exit(statement)})


def _exit(statement: Statement) -> Fields:
    reasons = {
        "court-debtors": "performed",
        "anomaly-directory": "corrected",
        "tax-grade-a": "grade_changed",
    }
    code = str(statement.main["list"])
    return {"list": code, "reason": reasons.get(code, "early_removal")}


def _after(rng: random.Random, statement: Statement) -> date:
    decided = date.fromisoformat(str(statement.main["decided_on"]))
    return min(LAST_DAY, decided + timedelta(days=rng.randrange(95, 400)))


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
