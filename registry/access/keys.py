"""API keys: ``rk_<id>_<secret>``, issued by an operator for one system, within limits, for a time.

The secret has 256 random bits, so its plain SHA-256 is enough to keep; the id finds the row. A
rotation issues a key with the same limits and lets the old one go on for a stated overlap.
"""

import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from registry.access.asker import Asker
from registry.clock import Clock
from registry.domain.grants import Grant, grant_problem
from registry.errors import NodeError, UnauthorisedRefusal
from registry.store.access_keys import KeptKey, KeyEnd, KeyStore

DAYS: Final = 365
DAYS_MAX: Final = 730
"""Days for which a key is good: by default, and at most."""
OVERLAP_MAX: Final = timedelta(days=30)
LABEL_MAX: Final = 80
PREFIX: Final = "rk_"
_KEY: Final = re.compile(r"rk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NOBODY: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just issued; ``text`` is what its user shows, told this once."""

    key: KeptKey
    text: str


class Keys:
    """Issues, ends and recognises keys."""

    def __init__(self, store: KeyStore, clock: Clock) -> None:
        """Take where keys are kept, and the time."""
        self._store = store
        self._clock = clock

    async def recognise(self, text: str) -> Asker:
        """Return who shows a key.

        Raises:
            UnauthorisedRefusal: nobody issued it (``unknown-credential``), or it is no longer good
                (``key-expired``, ``key-ended``), which only the holder of its secret learns.
        """
        parts = _KEY.fullmatch(text)
        key = await self._store.find(parts[1]) if parts else None
        secret = sha256(parts[2].encode()).digest() if parts else _NOBODY
        # Compared even where there is no such key, so that the answer takes as long.
        same = hmac.compare_digest(secret, key.secret_digest if key else sha256(secret).digest())
        if key is None or not same:
            raise UnauthorisedRefusal(
                "密钥无效：请核对是否完整，或向节点运营者申请。",
                "No such key: check that it is whole, or ask the operator of the node for one.",
                code="unknown-credential",
            )
        who, now = f"key:{key.key_id}", self._clock.now()
        if now >= key.until:
            ended = key.ends_at is not None and now >= key.ends_at
            raise UnauthorisedRefusal(
                "密钥已被撤销或更换。" if ended else "密钥已过期，请向节点运营者申请更换。",
                "The key was revoked or replaced."
                if ended
                else "The key has expired: get another.",
                code="key-ended" if ended else "key-expired",
                who=who,
            )
        return Asker(key.grant, who)

    async def issue(
        self, grant: Grant, label: str, days: int, members: Collection[str], replaces: str = ""
    ) -> NewKey:
        """Issue a key; ``members`` are the codes of the charter's parties.

        Raises:
            NodeError: the limits do not fit the role, or label or days are out of bounds.
        """
        new = self._made(grant, label, days, members, replaces)
        await self._store.add(new.key)
        return new

    async def rotate(
        self, key_id: str, overlap: timedelta, days: int, members: Collection[str]
    ) -> NewKey:
        """Issue a key with the limits of another, which goes on meanwhile.

        Raises:
            NodeError: that one is not good, or was rotated already: there would be two that follow
                it, and one of them forgotten; or days or overlap are out of bounds.
        """
        old = await self._good(key_id)
        if not timedelta(0) <= overlap <= OVERLAP_MAX:
            most = OVERLAP_MAX.days
            message = f"重叠期应为 0 至 {most} 天 / the overlap is 0 to {most} days"
            raise NodeError(message)
        new = self._made(old.grant, old.label, days, members, key_id)
        now = self._clock.now()
        end = KeyEnd(key_id, now + overlap, now, "rotated")
        if good := await self._store.replace(new.key, end):
            names = ", ".join(key.key_id for key in good)
            message = (
                f"密钥 {key_id} 已更换为 {names}；请更换或先撤销后者 / "
                f"{key_id} was rotated already, to {names}: rotate that one, or revoke it first"
            )
            raise NodeError(message)
        return new

    async def revoke(self, key_id: str, reason: str) -> tuple[KeptKey, ...]:
        """End a key at once, and for good; return those that follow it and stay good.

        Raises:
            NodeError: it is not good any more, or no reason is given.
        """
        await self._good(key_id)
        if not reason.strip():
            message = "须写明撤销原因 / say why it is revoked"
            raise NodeError(message)
        now = self._clock.now()
        await self._store.end(KeyEnd(key_id, now, now, reason.strip()))
        return await self._store.followers(key_id, now)

    async def all(self) -> tuple[KeptKey, ...]:
        """Return every key, the latest first."""
        return await self._store.all()

    async def _good(self, key_id: str) -> KeptKey:
        key = await self._store.find(key_id)
        if key is None or self._clock.now() >= key.until:
            message = (
                f"没有编号为 {key_id} 的有效密钥；用 registry key list 查看 / "
                f"no key {key_id} is good: see registry key list"
            )
            raise NodeError(message)
        return key

    def _made(
        self, grant: Grant, label: str, days: int, members: Collection[str], replaces: str
    ) -> NewKey:
        wrong = grant_problem(grant, members)
        if wrong is not None:
            raise NodeError(" / ".join(wrong))
        if not 1 <= len(label.strip()) <= LABEL_MAX or not 1 <= days <= DAYS_MAX:
            message = (
                f"名称须为 1 至 {LABEL_MAX} 个字，有效期 1 至 {DAYS_MAX} 天 / "
                f"a label has 1 to {LABEL_MAX} characters; a key is good for 1 to {DAYS_MAX} days"
            )
            raise NodeError(message)
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        now = self._clock.now()
        digest = sha256(secret.encode()).digest()
        until = now + timedelta(days=days)
        key = KeptKey(key_id, digest, grant, label.strip(), now, until, replaces)
        return NewKey(key, f"{PREFIX}{key_id}_{secret}")
