"""Whom a charter names, and what it answers: parties, nodes, whose key counts when, until when.

Made by `signing.charter` alone, which reads, checks and verifies the text. A moment is a POSIX
second; a date is one of the calendar in Asia/Shanghai, which the caller asks its own clock for.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from signing.encoding import utc_text
from signing.errors import CharterError, ExpiredKeyError, RevokedKeyError, UnknownKeyError
from signing.keys import VerifierKey

WARN_DAYS: Final = 60
"""So long before a charter expires everybody is told: the next one needs several signatures."""


@dataclass(frozen=True, slots=True)
class KeyWindow:
    """A key and when it may sign: [start, until) in POSIX seconds, `until` None = no end.

    `revoked` is the second from which on the key is not believed, since others may have it.
    """

    key: VerifierKey
    start: int
    until: int | None
    revoked: int | None = None

    def covers(self, at: int) -> bool:
        """Tell whether the moment lies in the window."""
        within = self.start <= at and (self.until is None or at < self.until)
        return within and (self.revoked is None or at < self.revoked)


@dataclass(frozen=True, slots=True)
class Party:
    """A signing party: a member city or county, or the region office."""

    code: str
    """GB/T 2260 division code; the region office has a code of its own."""
    name: str
    rank: str
    """city, county or region."""
    origin: str
    keys: tuple[KeyWindow, ...]
    territory: tuple[str, ...]
    """Division codes in which its adoptions are in force."""
    competences: tuple[str, ...]
    home: str
    """Name of the node that admits its batches."""

    def check_key(self, signed_by: tuple[VerifierKey, ...], at: int) -> None:
        """Raise ExpiredKeyError unless a key that signed may sign at a POSIX second.

        RevokedKeyError, which says since when, where it is only for that that none may.
        """
        windows = [window for window in self.keys if window.key in signed_by]
        if any(window.covers(at) for window in windows):
            return
        revoked = [one.revoked for one in windows if one.revoked is not None and one.revoked <= at]
        if revoked:
            since, moment = utc_text(min(revoked)), utc_text(at)
            raise RevokedKeyError(
                en=f"the key that signed is revoked as of {since}, and this is of {moment}: sign "
                "with another key of the charter",
                zh=f"签名密钥自 {since} 起已被撤销，而此签名的时刻为 {moment}；"
                "请改用章程登记的其他密钥",
            )
        moment = utc_text(at)
        raise ExpiredKeyError(
            en=f"the key that signed is not valid at {moment}", zh=f"签名密钥在 {moment} 无效"
        )

    def revoked_since(self, signed_by: tuple[VerifierKey, ...]) -> int | None:
        """Return since when all keys that signed are revoked; None where one of them is not."""
        moments = [window.revoked for window in self.keys if window.key in signed_by]
        known = [moment for moment in moments if moment is not None]
        return min(known) if known and len(known) == len(moments) else None


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the region with its two cosigner keys, which keep separate state.

    The mirror signs vouchers, too, so its algorithm must sign any text; ML-DSA-44 does not.
    `earlier` are keys that it has laid down: what they cosigned before their end still counts.
    """

    name: str
    url: str
    mirror: VerifierKey
    witness: VerifierKey
    earlier: tuple[KeyWindow, ...] = ()

    @property
    def mirrors(self) -> tuple[VerifierKey, ...]:
        """The mirror key of today, then the earlier ones."""
        return (self.mirror, *self._earlier(self.mirror.name))

    @property
    def witnesses(self) -> tuple[VerifierKey, ...]:
        """The witness key of today, then the earlier ones."""
        return (self.witness, *self._earlier(self.witness.name))

    def _earlier(self, name: str) -> tuple[VerifierKey, ...]:
        return tuple(window.key for window in self.earlier if window.key.name == name)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a charter stands on a date: in force, ending soon, in its days of grace, or ended.

    `days` are left until the end of the state it is in: 0 is the last day; after it, since then.
    """

    state: Literal["in-force", "ends-soon", "grace", "ended"]
    version: int
    expires_on: date
    last_day: date
    days: int

    @property
    def zh(self) -> str:
        """What is told of it in Chinese; empty while there is nothing to tell."""
        ends, last = self.expires_on.isoformat(), self.last_day.isoformat()
        of = f"章程第 {self.version} 版"
        match self.state:
            case "in-force":
                return ""
            case "ends-soon":
                return (
                    f"{of}有效至 {ends}（含当日，还有 {self.days} 天）；"
                    "请区域办公室在此之前发布下一版"
                )
            case "grace":
                return (
                    f"{of}已于 {ends} 到期，宽限期至 {last}（含当日，还有 {self.days} 天）："
                    "报送照常，届满后停止；请区域办公室立即发布下一版"
                )
            case _:  # ended
                return (
                    f"{of}已于 {ends} 到期，宽限期已于 {last} 届满：停止接收报送和联署，"
                    "查询、核验和措施适用提示照常；请采用区域办公室发布的下一版"
                )

    @property
    def en(self) -> str:
        """The same in English."""
        ends, last = self.expires_on.isoformat(), self.last_day.isoformat()
        of = f"version {self.version} of the charter"
        match self.state:
            case "in-force":
                return ""
            case "ends-soon":
                return (
                    f"{of} is in force until {ends} ({self.days} days left): the region office "
                    "has to publish the next one before"
                )
            case "grace":
                return (
                    f"{of} expired on {ends}; its days of grace last until {last} ({self.days} "
                    "left): publishing goes on until then, and then stops; the region office has "
                    "to publish the next one now"
                )
            case _:  # ended
                return (
                    f"{of} expired on {ends} and its days of grace ended on {last}: nothing is "
                    "admitted or cosigned, while reading, verifying and decisions go on; adopt "
                    "the next version that the region office publishes"
                )


@dataclass(frozen=True, slots=True)
class Charter:
    """A verified charter. `digest` is the SHA-256 of the note text, `note` the signed bytes."""

    version: int
    region_code: str
    region_name: str
    expires_on: date
    grace_days: int
    root_keys: tuple[VerifierKey, ...]
    threshold: int
    parties: tuple[Party, ...]
    nodes: tuple[Node, ...]
    quorum: int
    digest: bytes
    text: str
    note: bytes

    def party(self, origin: str) -> Party:
        """Return the party whose log has this origin, or raise UnknownKeyError."""
        for party in self.parties:
            if party.origin == origin:
                return party
        raise UnknownKeyError(en=f"no party signs the log {origin}", zh=f"章程中没有日志 {origin}")

    def party_by_code(self, code: str) -> Party:
        """Return the party with this code, or raise UnknownKeyError."""
        for party in self.parties:
            if party.code == code:
                return party
        raise UnknownKeyError(
            en=f"no party has the code {code}", zh=f"章程中没有代码为 {code} 的成员"
        )

    def node(self, name: str) -> Node:
        """Return the node of this name, or raise UnknownKeyError."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise UnknownKeyError(en=f"no node is called {name}", zh=f"章程中没有名为 {name} 的节点")

    def log_keys(self, origin: str, at: int) -> tuple[VerifierKey, ...]:
        """Return the keys of a log that are valid at a POSIX second.

        Raises UnknownKeyError when no party has the log, ExpiredKeyError when no key is valid then.
        """
        party = self.party(origin)
        valid = tuple(window.key for window in party.keys if window.covers(at))
        if not valid:
            raise ExpiredKeyError(
                en=f"no key of {origin} is valid at {utc_text(at)}",
                zh=f"{origin} 在 {utc_text(at)} 没有有效密钥",
            )
        return valid

    @property
    def mirror_keys(self) -> tuple[VerifierKey, ...]:
        """The mirror keys of all nodes, earlier ones too: ask `counts` about each cosignature."""
        return tuple(key for node in self.nodes for key in node.mirrors)

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """The witness keys of all nodes, earlier ones too: ask `counts` about each cosignature."""
        return tuple(key for node in self.nodes for key in node.witnesses)

    def counts(self, cosigner: VerifierKey, at: int) -> bool:
        """Tell whether a node's cosignature with this key for a POSIX second counts."""
        for node in self.nodes:
            if cosigner in (node.mirror, node.witness):
                return True
            if any(one.key == cosigner and one.covers(at) for one in node.earlier):
                return True
        return False

    def competent(self, code: str, competence: str) -> None:
        """Raise CharterError `not-competent` unless the party with this code has the competence."""
        if competence not in self.party_by_code(code).competences:
            raise CharterError(code="not-competent", detail=f"{code} {competence}")

    @property
    def last_day(self) -> date:
        """The last of the days of grace: the last day on which anything is admitted under it."""
        return self.expires_on + timedelta(days=self.grace_days)

    def standing(self, today: date) -> Standing:
        """Tell how the charter stands on a date."""
        left = (self.expires_on - today).days
        if left >= 0:
            state: Literal["in-force", "ends-soon"] = (
                "in-force" if left > WARN_DAYS else "ends-soon"
            )
            return Standing(state, self.version, self.expires_on, self.last_day, left)
        left = (self.last_day - today).days
        if left >= 0:
            return Standing("grace", self.version, self.expires_on, self.last_day, left)
        return Standing("ended", self.version, self.expires_on, self.last_day, -left)

    def check_current(self, today: date) -> None:
        """Raise CharterError `charter-expired` after `expires_on` and the days of grace."""
        if today > self.last_day:
            detail = f"{self.expires_on.isoformat()} + {self.grace_days} d = {self.last_day}"
            raise CharterError(code="charter-expired", detail=detail)
