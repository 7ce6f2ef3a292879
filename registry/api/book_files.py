"""The files of a rulebook: what there are, and the JSON Schema of each."""

from typing import Final

from litestar import Response, get
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from msgspec import Struct

from registry.api.schemas import ProblemOut
from registry.errors import NotFoundRefusal
from registry.rules.cases import CasesFile
from registry.rules.language import (
    AdoptionLine,
    InstrumentsFile,
    MeasuresFile,
    RulesFile,
    schema,
)
from registry.rules.lawful import CataloguesFile
from registry.rules.terms import Term

FILES: Final[dict[str, type[Term]]] = {
    "instruments": InstrumentsFile,
    "measures": MeasuresFile,
    "rules": RulesFile,
    "cases": CasesFile,
    "catalogues": CataloguesFile,
    "adoption": AdoptionLine,
}
"""What may be written, by name; an adoption is a line beside rules or cases, for reading.

Catalogues (what may lawfully be done where) may be left out of a book.
"""

_ABSENT: Final = ResponseSpec(
    ProblemOut, description="no such file", media_type="application/problem+json"
)


class BookFilesOut(Struct):
    """The files of a rulebook; each has its JSON Schema under its name."""

    files: tuple[str, ...]


@get("/rulebook/files", summary="The files of a rulebook", sync_to_thread=False)
def book_files() -> BookFilesOut:
    """Law register, measures, rules, cases, catalogues of lawful measures, and adoption lines."""
    return BookFilesOut(tuple(FILES))


@get(
    "/rulebook/files/{name:str}",
    summary="The JSON Schema of a file of a rulebook",
    sync_to_thread=False,
    responses={404: _ABSENT},
)
def book_file_schema(name: FromPath[str]) -> Response[dict[str, object]]:
    """JSON Schema 2020-12, generated from the types that a book is read by."""
    if name not in FILES:
        choices = ", ".join(FILES)
        raise NotFoundRefusal(
            f"规则汇编没有这种文件。应为以下之一：{choices}",
            f"A rulebook has no such file; there are: {choices}",
            code="unknown-file",
        )
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(schema(FILES[name]), media_type=MediaType.JSON, headers=headers)
