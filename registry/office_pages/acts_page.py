"""A member's acts on a rule in its own territory: adopt it, or suspend it at once.

The quorum fixes a rule's text; what a member does with it is its own record. So the form gives back
a file: the member's own tool checks, signs and publishes it, and from then on it counts.
"""

from datetime import date
from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation, URLEncodedBody
from msgspec import Struct

from registry.access.reads import Reads
from registry.access.sessions import check_form
from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.pages.desk_page import ORGAN_MAX, checked_text, to_sign
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import day_of
from registry.pages.rule_pages import uses_of
from registry.pages.voucher_pages import spoken
from registry.pages.words import day
from registry.query.views import RulebookView
from registry.rules.compiled import CompiledRule
from registry.rules.model import Adoption, in_force

TEXT_MAX: Final = 200
FrameDep = NamedDependency[SkipValidation[Frame]]


class Sent(Struct):
    """The form as it comes; ``act`` is adopt or suspend."""

    act: str = ""
    organ: str = ""
    instrument: str = ""
    since: str = ""
    until: str = ""
    allows: list[str] = []
    lang: str = ""
    csrf: str = ""


@get("/rule/{key:str}/act", include_in_schema=False)
async def act_page(key: FromPath[str], frame: FrameDep, reads: ReadsDep) -> Response[str]:
    """How the rule stands in the asker's territory, and what his member can do with it."""
    member = reads.at_work()
    book, rule = await _rule(reads, key)
    adoption = _adoption(book, rule, member, reads.today())
    on = reads.today()
    return frame.page(
        "rule_act.html",
        key=rule.key,
        title=rule.rule.title,
        edition=rule.edition,
        link=frame.url(f"/rule/{rule.key}"),
        member=frame.site.name_of(member),
        adoption=None if adoption is None else _adopted(frame, adoption, on),
        uses=[(use.key, use.name) for use in uses_of(rule)],
        reward=rule.reward,
        today=on.isoformat(),
        organ=_organ_of(frame, member, on),
        most={"organ": ORGAN_MAX, "instrument": TEXT_MAX},
    )


@post("/rule/{key:str}/act", include_in_schema=False)
async def act(
    key: FromPath[str], data: URLEncodedBody[Sent], frame: FrameDep, reads: ReadsDep
) -> Response[bytes]:
    """The act as a file to check, sign and publish."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    member, on = reads.at_work(), reads.today()
    book, rule = await _rule(reads, key)
    adoption = _adoption(book, rule, member, on)
    if data.act == "adopt" and adoption is None:
        return to_sign(_encoded(_adopting(data, rule, member, on)), "adoption")
    if data.act == "suspend" and adoption is not None:
        return to_sign(_encoded(await _suspending(reads, data, adoption, on)), "suspension")
    raise MalformedRefusal(
        "已采纳的规则可以暂停，未采纳的可以采纳；请重新打开本页。",
        "A rule that is adopted can be suspended, one that is not can be adopted: open the page"
        " again.",
        code="unknown-act",
    )


ROUTES: Final = (act_page, act)


async def _rule(reads: Reads, key: str) -> tuple[RulebookView, CompiledRule]:
    """Return the book in force and its newest edition of a rule; raises NotFoundRefusal."""
    book = await reads.rulebook()
    found = (
        [] if book is None else [one for one in book.book.rules if one.latest and one.key == key]
    )
    if book is None or not found:
        raise NotFoundRefusal(
            "现行规则汇编中没有这条规则。",
            "The rulebook in force has no such rule.",
            code="no-such-rule",
        )
    return book, found[0]


def _adoption(book: RulebookView, rule: CompiledRule, member: str, on: date) -> Adoption | None:
    return in_force(book.adoptions.of_member(member).get(rule.key, ()), on)


def _adopted(frame: Frame, one: Adoption, on: date) -> dict[str, object]:
    return {
        "organ": one.organ,
        "instrument": one.instrument,
        "since": day(frame.lang, one.start),
        "stayed": any(stay.covers(on) for stay in one.stays),
    }


def _organ_of(frame: Frame, member: str, on: date) -> str:
    office = frame.site.offices.for_organ(member, "", "社会信用主管部门", on)
    return "" if office is None else office.name


def _adopting(data: Sent, rule: CompiledRule, member: str, on: date) -> dict[str, object]:
    """Return the record by which a member adopts a rule; raises MalformedRefusal."""
    organ = checked_text(data.organ, "organ", ORGAN_MAX)
    since = day_of(data.since) or on
    authority = {"name": organ, "division": member}
    uses = {use.key for use in uses_of(rule)}
    allows = [one for one in dict.fromkeys(data.allows) if one in uses]
    return {
        **_shared("adoption", on),
        "subject": {"kind": "organisation", "name": organ},
        "authority": authority,
        "source_unit": authority,
        "rule": rule.key,
        "edition": rule.edition,
        "territory": member,
        "instrument": checked_text(data.instrument, "instrument", TEXT_MAX),
        "in_force_from": since.isoformat(),
        **({"allows": allows} if allows else {}),
    }


async def _suspending(reads: Reads, data: Sent, adoption: Adoption, on: date) -> dict[str, object]:
    """Return the record by which a member suspends what it has adopted, from today on.

    It is the act of the organ that adopted: another one's would have no effect.
    """
    ref = adoption.ref
    if ref is None:
        raise NotFoundRefusal("没有采纳记录。", "There is no record of the adoption.")
    record = (await reads.record(ref.origin, ref.idx, on)).view.record
    until = day_of(data.until)
    if until is not None and until < on:
        raise MalformedRefusal(
            "暂停至的日期不得早于今天。", "It cannot be suspended until a day before today."
        )
    return {
        **_shared("stay", on),
        "subject": msgspec.to_builtins(record.subject),
        "authority": msgspec.to_builtins(record.authority),
        "source_unit": msgspec.to_builtins(record.source_unit),
        "target": {"origin": ref.origin, "id": ref.id, "entry": ref.entry},
        "ground": "authority",
        "effective_on": on.isoformat(),
        "ordered_by": checked_text(data.instrument, "instrument", TEXT_MAX),
        **({} if until is None else {"until": until.isoformat()}),
    }


def _shared(kind: str, on: date) -> dict[str, object]:
    return {
        "v": 1,
        "type": kind,
        "decided_on": on.isoformat(),
        "publication": "public",
        "severity": {"class": "unclassified"},
        "provenance": {"kind": "original"},
    }


def _encoded(whole: dict[str, object]) -> bytes:
    return msgspec.json.encode(whole, order="sorted") + b"\n"
