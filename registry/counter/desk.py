"""Requests about standards: handed in by a business, listed for who must act, and logged.

A request is the record of a case before it is logged: same id, same words. A business has no log;
the member's clerk has it checked, signed and published. From then on it is a case like any other,
counted from the day on which it was handed in; until then what counts is the row here.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Final, get_args

import msgspec
from msgspec import Struct

from registry.access.asking import AT_A_MEMBER
from registry.access.log import ANSWERED
from registry.access.reads import Reads
from registry.clock import SHANGHAI, Clock
from registry.domain.disclosure import Role
from registry.domain.records.base import Organ
from registry.domain.records.standards import StandardCase, Use
from registry.errors import (
    MalformedRefusal,
    NotFoundRefusal,
    NotGrantedRefusal,
    TooLargeRefusal,
    UnauthorisedRefusal,
)
from registry.query.views import SubjectFile
from registry.standards.asked import number_of
from registry.standards.case_clock import Standing, standing
from registry.standards.numbers import format_number
from registry.store.case_requests import DAILY_MAX, KEPT_DAYS, CaseRequest, CaseRequestStore
from registry.store.engine import Database

KIND: Final = "case-request"
"""The kind of a row of the access log about a request; its place is the request's id."""
ABOUT: Final = ("recognition", "acceptance")
PRODUCT_MAX: Final = 200
REASONS_MAX: Final = 2_000
_CODES: Final = {"uscc": "uscc", "regno": "registration_no", "orgcode": "organisation_code"}
_NO_SALT: Final = "0" * 32


class Asked(Struct, frozen=True):
    """What a business asks: of which member and office, about which standard, for what, and why."""

    about: str
    number: str
    territory: str
    receiver: Organ
    use: str
    product: str
    reasons: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands: its record, when it came, and who must act until when.

    ``digest`` is over what was kept; ``logged``: a case of that id stands in the member's log.
    """

    id: str
    member: str
    made_at: datetime
    case: StandardCase
    standing: Standing
    digest: str
    logged: bool


class Counter:
    """Takes requests, and gives them to whoever they are for."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Take the open database, and the time."""
        self._store = CaseRequestStore(db)
        self._clock = clock

    async def hand_in(self, reads: Reads, asked: Asked) -> str:
        """Keep a request of the asker's own enterprise; the same again on a day is kept once.

        Raises:
            UnauthorisedRefusal: nobody is known to ask.
            NotGrantedRefusal: he reads for no subject of his own.
            MalformedRefusal: something is missing, too long, or no number of a standard.
            TooLargeRefusal: as many as may be were handed in on that day.
        """
        subject, now = _own(reads), self._clock.now()
        local = now.astimezone(SHANGHAI)
        file = await reads.subject_file(subject, local.date())
        main = _main(file, _checked(asked), local.date())
        said = msgspec.json.encode(main, order="sorted").decode()
        number = sha256(f"{subject}\0{said}".encode()).hexdigest()[:32]
        until = now + timedelta(days=KEPT_DAYS)
        row = CaseRequest(number, subject, asked.territory, now, until, said)
        since = datetime.combine(local.date(), time(), SHANGHAI)
        if await self._store.add(row, since) is None:
            raise TooLargeRefusal(
                f"同一主体一天最多提交 {DAILY_MAX} 件申请。",
                f"A subject hands in at most {DAILY_MAX} requests a day.",
                code="too-many-requests-handed-in",
            )
        await reads.write(KIND, "handed-in", subject=subject, place=number)
        return number

    async def view(self, reads: Reads, number: str) -> Request:
        """Return a request of the asker's own, or one to his member; raises NotFoundRefusal."""
        row = await self._row(reads, number)
        await reads.write(KIND, ANSWERED, subject=row.subject, place=row.id)
        return self._request(row, await _cases(reads))

    async def waiting(self, reads: Reads) -> tuple[Request, ...]:
        """Return the asker's own requests, or those to his member, that no log has yet."""
        grant = reads.asker.grant
        if grant.role is Role.BUSINESS:
            rows = await self._store.of_subject(grant.subject)
        elif grant.role in AT_A_MEMBER:
            rows = await self._store.at_member(grant.member)
        else:
            return ()
        logged = await _cases(reads) if rows else frozenset()
        found = (self._request(row, logged) for row in rows)
        return tuple(one for one in found if not one.logged)

    async def file(self, reads: Reads, number: str) -> bytes:
        """Return a request as a line for the member's tool to check, sign and publish.

        Raises:
            NotFoundRefusal: it is not for the asker's member, or never was.
        """
        row = await self._row(reads, number)
        if reads.asker.grant.role not in AT_A_MEMBER:
            raise _unknown()
        await reads.write(KIND, "taken", subject=row.subject, place=row.id)
        main = {**msgspec.json.decode(row.asked), "id": row.id}
        return msgspec.json.encode(main, order="sorted") + b"\n"

    async def _row(self, reads: Reads, number: str) -> CaseRequest:
        grant = reads.asker.grant
        row = await self._store.find(number)
        if row is None:
            raise _unknown()
        own = grant.role is Role.BUSINESS and grant.subject == row.subject
        if not own and not (grant.role in AT_A_MEMBER and grant.member == row.member):
            raise _unknown()
        return row

    def _request(self, row: CaseRequest, logged: frozenset[str]) -> Request:
        main = {**msgspec.json.decode(row.asked), "id": row.id, "salt": _NO_SALT}
        case = msgspec.convert(main, StandardCase, strict=False)
        on = self._clock.now().astimezone(SHANGHAI).date()
        digest = sha256(row.asked.encode()).hexdigest()
        return Request(
            *(row.id, row.member, row.made_at, case, standing(case, (), on), digest),
            logged=row.id in logged,
        )


def _own(reads: Reads) -> str:
    """Return the asker's own subject; raises UnauthorisedRefusal and NotGrantedRefusal."""
    asker = reads.asker
    if not asker.known:
        raise UnauthorisedRefusal(
            "请先以本企业身份登录，再提交申请。",
            "Sign in as your own enterprise to hand in a request.",
            code="no-credential",
        )
    if asker.grant.role is not Role.BUSINESS:
        raise NotGrantedRefusal(
            "申请由企业以自己的身份提交。",
            "A request is handed in by an enterprise for itself.",
            code="not-a-subject",
            who=asker.who,
        )
    return asker.grant.subject


async def _cases(reads: Reads) -> frozenset[str]:
    """Return the ids of the cases that the asker sees: those are logged."""
    return frozenset(one.case.id for one in (await reads.standard_cases()).cases)


def _checked(asked: Asked) -> Asked:
    """Return what was asked in normal form; raises MalformedRefusal."""
    # One line each: a record takes no other, and people write in paragraphs.
    reasons, product = (
        " ".join(text.replace("\0", "").split()) for text in (asked.reasons, asked.product)
    )
    if asked.about not in ABOUT or asked.use not in get_args(Use):
        raise MalformedRefusal(
            "请选择申请事项和用途。", "Choose what is asked and for which use.", code="unknown-use"
        )
    if not 0 < len(reasons) <= REASONS_MAX or not 0 < len(product) <= PRODUCT_MAX:
        raise MalformedRefusal(
            f"产品（不超过 {PRODUCT_MAX} 字）和理由（不超过 {REASONS_MAX} 字）须填写。",
            f"Product (at most {PRODUCT_MAX} characters) and reasons (at most {REASONS_MAX}) are"
            " needed.",
            code="form-incomplete",
        )
    number = format_number(number_of(asked.number))
    return msgspec.structs.replace(asked, number=number, product=product, reasons=reasons)


def _main(file: SubjectFile, asked: Asked, on: date) -> dict[str, object]:
    """Return the record that is asked for, without id and salt."""
    codes = {_CODES[scheme]: code for scheme, code in file.identifiers if scheme in _CODES}
    receiver = msgspec.to_builtins(asked.receiver)
    return {
        "v": 1,
        "type": "standard_case",
        "subject": {"kind": file.kind, "name": file.name, **codes},
        "authority": receiver,
        "source_unit": receiver,
        "decided_on": on.isoformat(),
        "publication": "government",
        "severity": {"class": "unclassified"},
        "provenance": {"kind": "original"},
        "about": asked.about,
        "number": asked.number,
        "territory": asked.territory,
        "receiver": receiver,
        "asked_on": on.isoformat(),
        "reasons": asked.reasons,
        "use": asked.use,
        "product": asked.product,
    }


def _unknown() -> NotFoundRefusal:
    return NotFoundRefusal(
        "没有这件申请，或不由您办理。",
        "There is no such request, or it is not yours.",
        code="no-request",
    )
