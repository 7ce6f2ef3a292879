"""Vouchers (查询凭证) for programs: issue, look up by code, check a file."""

from dataclasses import dataclass
from typing import Final

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, JSONBody, SkipValidation

from registry.api.schemas import ProblemOut
from registry.api.voucher_schemas import CheckedOut, SealedVoucherOut, VoucherIn, VoucherOut
from registry.clock import Clock, today
from registry.issued.vouchers import Checked, Vouchers, VoucherView, Wish

VouchersDep = NamedDependency[SkipValidation[Vouchers]]
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "a field is missing or out of bounds; the file is malformed"),
        (403, "bad signature, or by no key that the charter names"),
        (404, "no such subject or voucher, or nothing that may be shown"),
        (503, "too many vouchers"),
    )
}
_HIDDEN: Final = ("salt", "decision")


@dataclass
class TakesVoucher(Operation):
    """An operation whose body is the file of a voucher, as it is."""

    def __post_init__(self) -> None:
        """Name the body, which no annotation of the handler shows."""
        file = OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT))
        self.request_body = RequestBody(
            content={"application/json": file},
            required=True,
            description="The signed JSON file, byte for byte, or a PDF that carries it.",
        )


@post(
    "/api/v1/vouchers",
    tags=["vouchers"],
    summary="Issue a voucher",
    responses={201: ResponseSpec(SealedVoucherOut, description="The signed file"), **_PROBLEMS},
)
async def issue(
    data: JSONBody[VoucherIn], vouchers: VouchersDep, clock: NamedDependency[SkipValidation[Clock]]
) -> Response[bytes]:
    """An answer of this moment, signed, as evidence for a file; ``Location`` is its address."""
    wish = Wish(
        subject_id=data.subject,
        territory=data.territory,
        matter=data.matter,
        on=data.on or today(clock),
        asked_by=data.asked_by,
        purpose=data.purpose,
        consent=data.consent,
    )
    issued = await vouchers.issue(wish)
    headers = {"Location": f"/api/v1/vouchers/{issued.code}"}
    return Response(issued.file, media_type=MediaType.JSON, headers=headers)


@get(
    "/api/v1/vouchers/{code:str}",
    tags=["vouchers"],
    summary="A voucher by its code",
    responses=_PROBLEMS,
)
async def voucher(code: FromPath[str], vouchers: VouchersDep) -> VoucherOut:
    """That it was issued, its digest, and what of it may still be shown today."""
    return _view_out(await vouchers.view(code))


@post(
    "/api/v1/vouchers/check",
    status_code=200,
    tags=["vouchers"],
    summary="Check the file of a voucher",
    operation_class=TakesVoucher,
    responses=_PROBLEMS,
)
async def check(request: Request[None, None, State], vouchers: VouchersDep) -> CheckedOut:
    """Whether a node of the region signed it, unchanged; of its findings nothing is told."""
    return _checked_out(await vouchers.check(await request.body()))


def _view_out(view: VoucherView) -> VoucherOut:
    shown: dict[str, object] | None = None
    if view.shown is not None:
        shown = msgspec.to_builtins(view.shown)
        shown = {name: value for name, value in shown.items() if name not in _HIDDEN}
    return VoucherOut(view.code, view.digest, view.issued_at, view.files, shown)


def _checked_out(checked: Checked) -> CheckedOut:
    said = checked.voucher
    return CheckedOut(
        code=said.code,
        digest=checked.digest,
        node=said.node,
        issued=said.issued,
        asked_by=said.asked_by,
        purpose=said.purpose,
        question=said.question,
        kept=checked.kept,
        statement_zh=said.statement.zh,
        statement_en=said.statement.en,
    )
