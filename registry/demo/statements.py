"""How the demonstration region's members word their records: one function per record type.

A :class:`Writer` belongs to one member. It numbers what it writes, takes salts from where it is
told, and remembers the entry of each record, because an act names its target by entry.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from registry.demo.enterprises import Enterprise
from registry.demo.facts import FACTS, Licence, Listing, Member, Offence, Tie
from registry.demo.organs import organ, organ_name
from registry.domain.divisions import division_name
from registry.domain.identifiers import resident_check
from signing.record import encode_record, entry_of

Fields = dict[str, object]

_CLASSES_COUNT: Final = date(2025, 12, 25)
"""From when on the class of a penalty says how long it is public at most; three years before."""
_PUBLIC: Final = {"minor": 89, "general": 365, "unclassified": 365, "serious": 1095}
"""Days for which a penalty is stated to be public, within the longest term of its class."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One record as its member signs it: main part, and restricted part where there is one."""

    main: Mapping[str, object]
    restricted: Mapping[str, object] | None
    flawed: bool = False
    """Signed all the same: it goes into quarantine."""

    @property
    def line(self) -> bytes:
        """The record line, without LF."""
        return encode_record(self.main, self.restricted)

    @property
    def type(self) -> str:
        """The record type."""
        return str(self.main["type"])


@dataclass(slots=True)
class Writer:
    """Writes the records of one member in the order they enter its log."""

    member: Member
    salt: Callable[[], str]
    written: list[Statement] = field(default_factory=list)

    def write(
        self, fields: Fields, restricted: Fields | None = None, *, flawed: bool = False
    ) -> Statement:
        """Number, salt and keep one record."""
        main: Fields = {
            "v": 1,
            "id": f"{fields['type']}-{len(self.written) + 1:05d}",
            "salt": self.salt(),
            "provenance": {"kind": "original"},
            "publication": "public",
            "source_unit": fields["authority"],
            **fields,
        }
        part = None if restricted is None else {"salt": self.salt(), **restricted}
        statement = Statement(main, part, flawed)
        self.written.append(statement)
        return statement

    def target(self, statement: Statement) -> Fields:
        """Return how an act names a record of this member."""
        main, _, restricted = statement.line.partition(b"\t")
        entry = entry_of(main, restricted or None)
        return {"origin": self.member.origin, "id": statement.main["id"], "entry": entry.hex()}

    def number(self, office: str, on: date) -> str:
        """Return the next document number of an organ; 示例 marks it as invented."""
        place = self.member.name[0]
        return f"示例{place}{FACTS.offices[office].sign}〔{on.year}〕{len(self.written) + 1}号"


def subject(enterprise: Enterprise) -> Fields:
    """Return an enterprise as records state it."""
    return {
        "kind": enterprise.kind,
        "name": enterprise.name,
        "uscc": enterprise.uscc,
        "legal_representative": enterprise.representative,
    }


def old_subject(enterprise: Enterprise, name: str) -> Fields:
    """Return an enterprise by its former name and the registration number it then had."""
    return {
        "kind": enterprise.kind,
        "name": name,
        "registration_no": enterprise.registration_no,
    }


def severity(level: str, office: str, member: Member, rule: str) -> Fields:
    """Return a class with the organ that set it and the rule; unclassified names neither."""
    if level == "unclassified":
        return {"class": level}
    return {"class": level, "organ": organ_name(office, member), "rule": rule}


def registration(writer: Writer, enterprise: Enterprise, status: str) -> Statement:
    """Write the basic registration of an enterprise."""
    division = enterprise.uscc[2:8]
    street = division_name(division) or writer.member.name
    fields: Fields = {
        "type": "registration",
        "subject": subject(enterprise),
        "authority": organ("market", writer.member),
        "decided_on": enterprise.registered_on.isoformat(),
        "severity": {"class": "unclassified"},
        "registered_on": enterprise.registered_on.isoformat(),
        "status": status,
        "division": division,
        "entity_type": "个体工商户" if enterprise.kind == "sole_trader" else "有限责任公司",
        "capital": {
            "text": f"{enterprise.capital_wan}万元人民币",
            "wan_yuan": str(enterprise.capital_wan),
        },
        "address": f"{street}示例路{len(writer.written) + 1}号",
        "industry": enterprise.trade.industry,
        "business_scope": enterprise.trade.scope,
    }
    if enterprise.former:
        fields["former_names"] = [
            {"name": name, "until": until.isoformat()} for name, until in enterprise.former
        ]
    return writer.write(fields)


def permit(writer: Writer, licence: Licence, enterprise: Enterprise, on: date) -> Statement:
    """Write a permit, valid from the day of the decision."""
    number = writer.number(licence.office, on)
    return writer.write(
        {
            "type": "permit",
            "subject": subject(enterprise),
            "authority": organ(licence.office, writer.member),
            "decided_on": on.isoformat(),
            "severity": {"class": "unclassified"},
            "decision_name": licence.decision,
            "decision_no": number,
            "category": licence.category,
            "content": licence.content,
            "valid_from": on.isoformat(),
            "valid_until": on.replace(year=on.year + licence.years, day=1).isoformat(),
            "state": "valid",
            "certificate_name": licence.certificate,
            "permit_no": number,
        }
    )


@dataclass(frozen=True, slots=True)
class Case:
    """How one penalty differs from the others of its kind."""

    offence: Offence
    on: date
    level: str
    procedure: str = "ordinary"
    publication: str = "public"
    fine: int = 0
    number: str = ""
    decided_by: Member | None = None
    """The member whose organ decided, where the one that states it relays it."""
    public_until: date | None = None
    flawed: bool = False


def _public_until(case: Case) -> date:
    days = _PUBLIC["serious" if case.on < _CLASSES_COUNT else case.level]
    return case.on + timedelta(days=days)


def penalty(writer: Writer, case: Case, who: Fields, restricted: Fields | None) -> Statement:
    """Write a penalty against whoever ``who`` states."""
    offence, by = case.offence, case.decided_by or writer.member
    fine = f"罚款{case.fine}万元" if case.fine else ""
    content = "；".join(part for part in (*offence.kinds, fine) if part and part != "罚款")
    fields: Fields = {
        "type": "penalty",
        "subject": who,
        "authority": organ(offence.office, by),
        "decided_on": case.on.isoformat(),
        "published_on": (case.on + timedelta(days=7)).isoformat(),
        "publication": case.publication,
        "procedure": case.procedure,
        "severity": severity(
            case.level, offence.office, by, "信用修复管理办法（发展改革委令第36号）"
        ),
        "decision_no": case.number or writer.number(offence.office, case.on),
        "violation_type": offence.violation,
        "facts": offence.facts,
        "basis": offence.basis,
        "kinds": list(offence.kinds),
        "content": content,
        "effective_until": (case.on + timedelta(days=-1 if case.flawed else 365)).isoformat(),
        "publicity_until": (case.public_until or _public_until(case)).isoformat(),
        "field": offence.field,
    }
    if case.fine:
        fields["fine_wan_yuan"] = str(case.fine)
    if "没收违法所得" in offence.kinds or "没收非法财物" in offence.kinds:
        fields["confiscated_wan_yuan"] = "0.5"
    if "降低资质等级" in offence.kinds:
        fields["licence"] = "建筑业企业资质证书（示例编号）"
    if case.decided_by is not None:
        relayed(fields, writer, f"{by.name}公共信用信息平台（示例）", case.on)
    return writer.write(fields, restricted, flawed=case.flawed)


def relayed(fields: Fields, writer: Writer, source: str, on: date) -> None:
    """Say of a record that its member has it from elsewhere, and when the two were compared."""
    fields["source_unit"] = organ("credit", writer.member)
    checked_on = (on + timedelta(days=3)).isoformat()
    fields["provenance"] = {"kind": "relayed", "source": source, "checked_on": checked_on}


def representative_document(enterprise: Enterprise, rng: random.Random) -> Fields:
    """Return the restricted part that names a representative's document (nobody's number)."""
    number = nobodys_number(enterprise.uscc[2:8], rng)
    return {
        "legal_representative_document": {
            "name": enterprise.representative,
            "type": "身份证",
            "number": number,
            "role": "法定代表人",
        }
    }


def nobodys_number(division: str, rng: random.Random) -> str:
    """Return a well-formed resident number that nobody living has: born in January 1900."""
    stem = f"{division}190001{rng.randrange(1, 29):02d}{rng.randrange(1000):03d}"
    return stem + resident_check(stem)


@dataclass(frozen=True, slots=True)
class ListingCase:
    """How one entry differs from the others on its list."""

    on: date
    persons: bool = False
    until: date | None = None
    number: str = ""


def list_entry(writer: Writer, code: str, enterprise: Enterprise, case: ListingCase) -> Statement:
    """Write an entry on a list; a relayed list names its source and the day it was compared."""
    on, until = case.on, case.until
    listing: Listing = FACTS.listings[code]
    office = listing.office
    honour = listing.severity == "unclassified"
    fields: Fields = {
        "type": "list_entry",
        "subject": subject(enterprise),
        "authority": organ(office, writer.member),
        "decided_on": on.isoformat(),
        "published_on": on.isoformat(),
        "severity": severity(listing.severity, office, writer.member, listing.basis),
        "list": code,
        "listed_on": on.isoformat(),
        "reason": listing.reason,
        "basis": listing.basis,
        "decision_no": case.number or writer.number(office, on),
        "exit_conditions": listing.exits,
    }
    if listing.terms:
        until = until or on.replace(year=on.year + 2, day=1)
    if until is not None:
        fields["listed_until"] = until.isoformat()
    if listing.field:
        fields["field"] = listing.field
    if honour:
        fields["grade"] = "A"
    restricted: Fields | None = None
    if case.persons:
        named = [{"name": enterprise.representative, "role": "法定代表人"}]
        restricted = {"named_persons": named}
    if listing.relayed_from:
        relayed(fields, writer, listing.relayed_from, on)
    return writer.write(fields, restricted)


def act(
    writer: Writer, statement: Statement, on: date, fields: Fields, dated: str = ""
) -> Statement:
    """Write an act of the same authority on one of its records, in effect from a day on.

    ``dated`` is the member that holds that day, where it is not ``effective_on``.
    """
    main = statement.main
    return writer.write(
        {
            "subject": main["subject"],
            "authority": main["authority"],
            "source_unit": main["source_unit"],
            "decided_on": on.isoformat(),
            "severity": {"class": "unclassified"},
            "target": writer.target(statement),
            dated or "effective_on": on.isoformat(),
            **fields,
        }
    )


def relation(
    writer: Writer, tie: Tie, ends: Sequence[tuple[Fields, str]], restricted: Fields | None = None
) -> Statement:
    """Write a relation between these subjects, each with its role; the first is the record's."""
    (own, role), *others = ends
    fields: Fields = {
        "type": "relation",
        "subject": own,
        "authority": organ(tie.office, writer.member),
        "decided_on": tie.on.isoformat(),
        "severity": {"class": "unclassified"},
        "relation": tie.kind,
        "role": role,
        "others": [{"subject": other, "role": its} for other, its in others],
        "valid_from": tie.since.isoformat(),
        "decision_no": tie.no or writer.number(tie.office, tie.on),
    }
    if tie.until is not None:
        fields["valid_until"] = tie.until.isoformat()
    if tie.matter:
        fields["matter"] = tie.matter
    return writer.write(fields, restricted)
