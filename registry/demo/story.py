"""The records of the cast, as ``region.yaml`` tells them: one thing to be seen each.

What is told here is equal in every build. Of the rest, drawn at random, nothing touches the cast.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import msgspec

from registry.demo.enterprises import Enterprise
from registry.demo.facts import BY_SEGMENT, FACTS, Scripted, Tie
from registry.demo.statements import (
    Case,
    Fields,
    ListingCase,
    Statement,
    Writer,
    act,
    list_entry,
    nobodys_number,
    old_subject,
    penalty,
    permit,
    relation,
    subject,
)

_FINE: Final = 5
_TENDERS: Final = 24
_LAST_TENDER: Final = date(2026, 11, 10)
_BUILDERS: Final = frozenset({"建设", "环保", "机械"})
_ENDS: Final[Mapping[str, Fields]] = {
    "repair": {"type": "repair", "text": "信用修复完成（示例）"},
    "withdrawal": {"type": "withdrawal", "reason": "revoked"},
    "stay": {
        "type": "stay",
        "ground": "reconsideration",
        "ordered_by": "行政复议机关（示例）",
    },
    "objection": {
        "type": "objection",
        "about": "record",
        "grounds": "对违法事实的认定有异议（示例）",
    },
    "amendment": {"type": "amendment", "changed": "决定书文号更正（示例）"},
}


@dataclass(frozen=True, slots=True)
class Stage:
    """Who plays, and who writes it down by the member's segment."""

    firms: Mapping[str, Enterprise]
    writers: Mapping[str, Writer]
    rng: random.Random


def tell(stage: Stage) -> None:
    """Write every record and relation of the cast."""
    for one in FACTS.cast:
        for scripted in one.records:
            writer = stage.writers[scripted.place]
            statement = _record(writer, stage.firms[one.name], scripted)
            if scripted.end_on is not None:
                _end(writer, stage.firms[one.name], scripted, statement, scripted.end_on)
    for tie in FACTS.ties:
        _tie(stage, tie)


def _end(writer: Writer, firm: Enterprise, told: Scripted, statement: Statement, on: date) -> None:
    """Write what happened to a record; an amendment comes after what stands in its place."""
    fields = dict(_ENDS[told.end])
    if told.end == "amendment":
        right = _record(writer, firm, msgspec.structs.replace(told, no=told.right_no))
        place = writer.target(right)
        fields["replacement"] = {"id": place["id"], "entry": place["entry"]}
    act(writer, statement, on, fields, dated="received_on" if told.end == "objection" else "")


def _record(writer: Writer, firm: Enterprise, told: Scripted) -> Statement:
    if told.list:
        case = ListingCase(told.on, told.persons, told.until, told.no)
        return list_entry(writer, told.list, firm, case)
    if told.permit:
        licence = next(one for one in FACTS.licences if one.content == told.permit)
        return permit(writer, licence, firm, told.on)
    offence = next(one for one in FACTS.offences if one.field == told.penalty)
    case_of_penalty = Case(
        offence,
        told.on,
        level=offence.severity,
        publication=told.publication,
        fine=_FINE if "罚款" in offence.kinds else 0,
        number=told.no,
        decided_by=BY_SEGMENT[told.of] if told.of else None,
        public_until=told.public_until,
        flawed=told.flaw,
    )
    who = old_subject(firm, told.old) if told.old else subject(firm)
    return penalty(writer, case_of_penalty, who, None)


def _tie(stage: Stage, tie: Tie) -> Statement:
    ends = [
        (_person(name) if name == tie.person else subject(stage.firms[name]), role)
        for name, role in tie.ends.items()
    ]
    writer = stage.writers[tie.place]
    return relation(writer, tie, ends, _document(tie.person, writer, stage) if tie.person else None)


def _person(name: str) -> Fields:
    return {"kind": "natural_person", "name": name}


def _document(name: str, writer: Writer, stage: Stage) -> Fields:
    number = nobodys_number(writer.member.counties[0], stage.rng)
    return {"subject_document": {"name": name, "type": "身份证", "number": number}}


def tie_persons(stage: Stage, listed: Sequence[tuple[Writer, Statement]]) -> None:
    """Write who the legal representatives are whom listing decisions name."""
    by_code = {firm.uscc: firm for firm in stage.firms.values()}
    for writer, statement in listed:
        who = statement.main["subject"]
        if statement.restricted is None or not isinstance(who, dict):
            continue
        firm = by_code[str(who["uscc"])]
        name = f"{firm.representative}人"
        on = date.fromisoformat(str(statement.main["decided_on"]))
        ends = {name: "法定代表人", firm.name: "用人单位"}
        tie = Tie(
            "person_enterprise", writer.member.segment, "labour", on, on, ends, "", person=name
        )
        _tie(stage, tie)


def tie_bidders(stage: Stage, firms: Sequence[Enterprise]) -> None:
    """Write consortia that bid together, two or three builders each."""
    builders = [firm for firm in firms if firm.trade.word in _BUILDERS]
    for number in range(_TENDERS):
        some = stage.rng.sample(builders, 2 + number % 2)
        lead = some[0].home
        on = (lead.silent_since or _LAST_TENDER) - timedelta(days=stage.rng.randrange(30, 500))
        roles = ["联合体牵头人", *["联合体成员"] * (len(some) - 1)]
        ends = {firm.name: role for firm, role in zip(some, roles, strict=True)}
        matter = f"示例工程{number + 1}标段施工招标"
        tie = Tie("consortium", lead.segment, "housing", on, on, ends, "", matter=matter)
        _tie(stage, tie)
