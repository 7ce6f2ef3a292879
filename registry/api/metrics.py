"""``/metrics``: only for those whom the settings name; for all others there is no such address."""

from collections.abc import Awaitable, Callable
from typing import Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.api.gate import came_from
from registry.api.measures import Measures, Watched
from registry.errors import NotFoundRefusal

TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def watched_of(state: State) -> Watched:
    """Return what the measures look at."""
    lag: Callable[[], Awaitable[int]] = state["lag"]
    return Watched(
        state["reader"],
        state["ledger"],
        state["following"],
        state["gathering"],
        state["alarms"],
        lag,
        state["clock"],
    )


@get("/metrics", include_in_schema=False)
async def metrics(
    request: Request[None, None, State],
    state: State,
    measures: NamedDependency[SkipValidation[Measures]],
) -> Response[bytes]:
    """What the node measures of itself, as Prometheus text."""
    shown = request.headers.get("authorization", "")
    if not measures.may_read(came_from(request), shown):
        raise NotFoundRefusal("没有这个地址。", "There is no such address.")
    await watched_of(state).take(measures)
    measures.set("charter_version", state["charter"].version)
    return Response(measures.text(), media_type=TYPE)
