"""Looks at desks as members' staff do: a push, its answer, one that is late, one that is lifted."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx
from msgspec import Struct, json

from registry.access.keys import Keys
from registry.clock import Clock
from registry.demo.facts import BY_SEGMENT
from registry.demo.job import ACTS, DemoError, Desk
from registry.demo.organs import organ_name
from registry.demo.region import DemoRegion
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.domain.subjects import subject_id
from registry.resources import Resources
from registry.store.access_keys import KeyStore

LATE: Final = "镇江示例园区建设有限公司"
LIFTED: Final = "扬州示例装饰工程有限公司"
DECLARES: Final = "宣城示例电器有限公司"
"""The enterprise that asks about standards."""
_NANJING: Final = BY_SEGMENT["nanjing"]
_PURPOSE: Final = {"Registry-Purpose": "demonstration"}
_A_DAY: Final = timedelta(days=1).days


class Pushed(Struct):
    """A push on a desk."""

    state: str
    subject: str
    measure: str
    name: str


class OnDesk(Struct):
    """What a member's desk shows."""

    pushes: tuple[Pushed, ...]
    lifts: tuple[Pushed, ...]


class Standing(Struct):
    """How a member's desk stands."""

    member: str
    open: int
    overdue: int
    answered: int
    to_lift: int
    lift_overdue: int


class Board(Struct):
    """How all desks stand."""

    members: tuple[Standing, ...]


class Case(Struct):
    """Cases that were counted."""

    applied: int
    joint: int


class Cases(Struct):
    """All counts."""

    cases: tuple[Case, ...]


class Lift(Struct):
    """A lift on the way of a cause."""

    state: str
    name: str


class Reached(Struct):
    """How far a cause has come in a member."""

    member: str
    lifts: tuple[Lift, ...]


class Way(Struct):
    """The way of a cause."""

    members: tuple[Reached, ...]


@dataclass(frozen=True, slots=True)
class AtWork:
    """What was seen, in counts and words."""

    counts: Counter[str]
    joint: int
    lines: tuple[str, ...]


async def keys_of(resources: Resources, clock: Clock, region: DemoRegion) -> dict[str, str]:
    """Issue keys of a day: clerks by segment, the region office, a department, a business."""
    keys = Keys(KeyStore(resources.db), clock)
    members = frozenset(party.code for party in resources.charter.parties)
    grants = {
        segment: Grant(Role.CLERK, BY_SEGMENT[segment].code)
        for segment in ("zhenjiang", "nanjing", "yangzhou", "wuhu", "maanshan", "jintan")
    }
    grants["region"] = Grant(Role.REGION)
    grants["department"] = Grant(
        Role.CLERK, _NANJING.code, department=organ_name("market", _NANJING)
    )
    own = subject_id("uscc", region.named(DECLARES).uscc).hex()
    grants["business"] = Grant(Role.BUSINESS, subject=own)
    return {
        name: (await keys.issue(grant, f"demonstration {name}", _A_DAY, members)).text
        for name, grant in grants.items()
    }


def look(desk: Desk, region: DemoRegion, keys: dict[str, str]) -> AtWork:
    """Look at the desks, the region's board and the way of an ended cause.

    Raises:
        DemoError: a push, answer, delay or lift is not as it is told.
    """

    def get(who: str, path: str) -> bytes:
        headers = {"Authorization": f"Bearer {keys[who]}", **_PURPOSE}
        return _get(desk.http, f"{desk.place.url}/api/v1/{path}", headers)

    late = {
        one.measure: one
        for one in json.decode(get("zhenjiang", "desk"), type=OnDesk).pushes
        if one.subject == LATE
    }
    to_lift = [
        one
        for one in json.decode(get("nanjing", "desk"), type=OnDesk).lifts
        if one.subject == LIFTED
    ]
    done = json.decode(get("yangzhou", "desk"), type=OnDesk)
    way = json.decode(get("wuhu", f"records/{_place(region)}/propagation"), type=Way)
    states = {one.member: [lift.state for lift in one.lifts] for one in way.members if one.lifts}
    board = json.decode(get("region", "board"), type=Board)
    cases = json.decode(get("region", "joint-cases"), type=Cases).cases
    seen = ({key: one.state for key, one in late.items()}, len(to_lift), states.get("321000"))
    if seen != (_LATE_STATES, 1, ["lifted"]) or any(one.subject == LIFTED for one in done.lifts):
        raise DemoError(f"desks: {seen}, {done.lifts}")
    counts = Counter[str]()
    for one in board.members:
        counts.update(
            waiting=one.open, overdue=one.overdue, answered=one.answered,
            lifting=one.to_lift + one.lift_overdue,
        )  # fmt: skip
    overdue, answered = late["m-funds"], late["m-honours-any"]
    lines = (
        f"镇江市：{LATE}：{overdue.name}，逾期未反馈；{answered.name}，已反馈",
        f"南京市：{LIFTED}：{to_lift[0].name}，应当解除，不说明原因；扬州市已解除",
    )
    return AtWork(counts, sum(one.joint for one in cases), lines)


_LATE_STATES: Final = {"m-funds": "overdue", "m-honours-any": "answered"}


def _place(region: DemoRegion) -> str:
    """Return where the listing stands that has ended since."""
    party, code = BY_SEGMENT["wuhu"], region.named(LIFTED).uscc
    early = [s for s in region.logs[party.origin] if s.type not in ACTS]
    for idx, one in enumerate(early):
        who = one.main["subject"]
        if one.type == "list_entry" and isinstance(who, dict) and who.get("uscc") == code:
            return f"{party.origin}/{idx}"
    raise DemoError(f"{LIFTED} is not listed")


def _get(http: httpx.Client, url: str, headers: dict[str, str]) -> bytes:
    response = http.get(url, headers=headers)
    response.raise_for_status()
    return response.content
