"""The alarms of a node, for whoever watches it, under the same rules as their page."""

from datetime import datetime
from typing import Annotated

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter, SkipValidation
from msgspec import Struct

from registry.api.gate import asker_of
from registry.exchange.lies import ALARMS
from registry.query.alarms import Alarms, AlarmView

Text = Annotated[str, QueryParameter(max_length=300)]


class AlarmOut(Struct):
    """An alarm: which log, what kind, whose home, since when, and whether anybody took note.

    ``detail``, ``evidence``, ``reason`` and ``noted_by`` are empty for who may not look into it.
    """

    id: str
    origin: str
    kind: str
    title: str
    title_en: str
    home: str
    at: datetime
    noted_at: datetime | None
    detail: str
    evidence: str
    reason: str
    noted_by: str


class AlarmsOut(Struct):
    """Alarms, the latest first, at most 200; ``open`` counts all that nobody has taken note of."""

    open: int
    alarms: tuple[AlarmOut, ...]


@get("/api/v1/alarms", tags=["about"], summary="What contradicted what is signed")
async def alarms(
    request: Request[None, None, State],
    alarms: NamedDependency[SkipValidation[Alarms]],
    origin: Text = "",
    kind: Text = "",
    *,
    unnoted: FromQuery[bool] = False,
) -> AlarmsOut:
    """Of a log, of a kind, or only those that nobody has taken note of yet."""
    role = asker_of(request).grant.role
    found = await alarms.all(role, origin, kind, open_only=unnoted)
    return AlarmsOut(sum((await alarms.open()).values()), tuple(map(_out, found)))


def _out(one: AlarmView) -> AlarmOut:
    zh, en = ALARMS.get(one.kind, (one.kind, one.kind))
    shown = (one.detail, one.evidence, one.reason, one.noted_by)
    return AlarmOut(one.id, one.origin, one.kind, zh, en, one.home, one.at, one.noted_at, *shown)
