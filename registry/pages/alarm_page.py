"""The alarms of a node: what contradicted what is signed, and whether anybody has taken note."""

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter, SkipValidation

from registry.exchange.lies import ALARMS
from registry.pages.frame import Frame
from registry.pages.words import moment
from registry.query.alarms import LOOK_INTO, Alarms, AlarmView

Text = Annotated[str, QueryParameter(max_length=300)]


@get("/alarms", include_in_schema=False)
async def alarms(
    frame: NamedDependency[SkipValidation[Frame]],
    alarms: NamedDependency[SkipValidation[Alarms]],
    origin: Text = "",
    kind: Text = "",
    *,
    unnoted: FromQuery[bool] = False,
) -> Response[str]:
    """All alarms, or those of a log or kind, or only those nobody has taken note of."""
    role = frame.asker.grant.role
    found = await alarms.all(role, origin, kind, open_only=unnoted)
    return frame.page(
        "alarms.html",
        alarms=[_alarm(frame, one) for one in found],
        open=sum((await alarms.open()).values()),
        chosen={"origin": origin, "kind": kind, "unnoted": unnoted},
        kinds=[(code, _title(frame, code)) for code in ALARMS],
        logs=[(log, frame.site.name_of(code)) for log, code in frame.site.origins.items()],
        whole=role in LOOK_INTO,
    )


def _alarm(frame: Frame, one: AlarmView) -> dict[str, object]:
    noted = "" if one.noted_at is None else moment(frame.lang, one.noted_at)
    return {
        "id": one.id[:12],
        "title": _title(frame, one.kind),
        "kind": one.kind,
        "log": frame.site.name_of(frame.site.origins.get(one.origin, one.origin)),
        "origin": one.origin,
        "home": one.home,
        "at": moment(frame.lang, one.at),
        "noted": noted,
        "detail": one.detail,
        "evidence": one.evidence,
        "reason": one.reason,
        "by": one.noted_by,
    }


def _title(frame: Frame, kind: str) -> str:
    return ALARMS.get(kind, (kind, kind))[frame.lang == "en"]
