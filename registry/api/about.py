"""What the interface says about itself: problems by type, health, the OpenAPI document."""

from collections.abc import Awaitable, Callable

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.serialization import encode_json

from registry.api.problems import catalogue
from registry.api.schemas import HealthOut, ProblemKindOut
from registry.clock import Clock
from registry.errors import NotFoundRefusal, UnavailableRefusal
from registry.query.reader import Reader
from signing.charter import Charter

Lag = Callable[[], Awaitable[int]]
"""Tells how many commits the search index is behind."""


@get("/health", tags=["about"])
async def health(
    reader: NamedDependency[SkipValidation[Reader]],
    charter: NamedDependency[SkipValidation[Charter]],
    clock: NamedDependency[SkipValidation[Clock]],
    lag: NamedDependency[SkipValidation[Lag]],
) -> HealthOut:
    """Answers only if the database does."""
    try:
        logs, behind = await reader.logs(), await lag()
    except Exception as error:  # whatever it is, the node cannot answer
        raise UnavailableRefusal(
            "数据库暂不可用。", "The database does not answer.", code="database"
        ) from error
    return HealthOut("ok", charter.region_name, len(logs), behind, clock.now())


@get("/openapi.json", include_in_schema=False)
async def openapi(request: Request[None, None, State]) -> Response[bytes]:
    """The description of this interface, OpenAPI 3.1."""
    body = encode_json(request.app.openapi_schema.to_schema())
    return Response(body, media_type="application/json")


def kind_out(kind: str) -> ProblemKindOut:
    """What a problem type means; raises NotFoundRefusal."""
    found = catalogue().get(kind)
    if found is None:
        raise NotFoundRefusal("没有这种问题类型。", "There is no such problem type.")
    codes = dict(found.codes)
    return ProblemKindOut(f"/problems/{kind}", found.status, *found.title, found.meaning, codes)
