"""The record types of the format: what there are, and the JSON Schema of each."""

from typing import Final

from litestar import Response, get
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from msgspec import Struct

from registry.api.schemas import ProblemOut
from registry.domain.records import KINDS
from registry.domain.records.reference import schema_of
from registry.errors import NotFoundRefusal

_ABSENT: Final = ResponseSpec(
    ProblemOut, description="no such type", media_type="application/problem+json"
)


class TypeOut(Struct):
    """A record type; ``audience`` is who may know of such records at most.

    open: as the record's range says; organs: organs and the subject; between: supervising organs
    alone; holders: who states it, the subject, the auditor. ``family``: fact, act, message, region.
    """

    name: str
    zh: str
    en: str
    audience: str
    family: str


class TypesOut(Struct):
    """The record types, in the order in which files show them."""

    types: tuple[TypeOut, ...]


@get("/types", summary="The record types", sync_to_thread=False)
def types() -> TypesOut:
    """Every type with its name, who may know of such records at most, and what it is."""
    return TypesOut(
        tuple(
            TypeOut(name, kind.zh, kind.en, kind.audience, kind.family)
            for name, kind in KINDS.items()
        )
    )


@get(
    "/types/{name:str}",
    summary="The JSON Schema of a record type",
    sync_to_thread=False,
    responses={404: _ABSENT},
)
def type_schema(name: FromPath[str]) -> Response[dict[str, object]]:
    """JSON Schema 2020-12 of the main part, generated from the types that admission reads by."""
    if name not in KINDS:
        choices = ", ".join(KINDS)
        raise NotFoundRefusal(
            f"没有这种信息类别。应为以下之一：{choices}",
            f"There is no such record type; there are: {choices}",
            code="unknown-type",
        )
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(schema_of(name), media_type=MediaType.JSON, headers=headers)
