"""What the interface says about itself: problems by type, health, the OpenAPI document."""

from collections.abc import Awaitable, Callable
from datetime import date

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.serialization import encode_json

from registry.api.about_schemas import CharterOut, HealthOut
from registry.api.problems import catalogue
from registry.api.schemas import ProblemKindOut
from registry.clock import Clock, today
from registry.errors import NotFoundRefusal, UnavailableRefusal
from registry.ledger.charters import Charters
from registry.query.alarms import Alarms
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
    charters: NamedDependency[SkipValidation[Charters]],
    alarms: NamedDependency[SkipValidation[Alarms]],
) -> HealthOut:
    """Answers only if the database does."""
    try:
        logs, behind = await reader.logs(), await lag()
        alarmed = sum((await alarms.open()).values())
    except Exception as error:  # whatever it is, the node cannot answer
        raise UnavailableRefusal(
            "数据库暂不可用。", "The database does not answer.", code="database"
        ) from error
    under = charter_out(charter, charters.waiting, today(clock))
    return HealthOut("ok", charter.region_name, len(logs), behind, clock.now(), under, alarmed)


def charter_out(charter: Charter, waiting: int, on: date) -> CharterOut:
    """How the charter stands on a date."""
    told = charter.standing(on)
    return CharterOut(
        told.version,
        charter.digest.hex(),
        told.state,
        told.expires_on,
        told.last_day,
        told.days,
        told.zh,
        told.en,
        waiting,
    )


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
