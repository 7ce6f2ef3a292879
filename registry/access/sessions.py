"""Sessions of the pages, in the memory of the node: a restart signs everybody out.

A node is one process, so nothing about who signed in need be kept on a disk. A session is found by
SHA-256 of the random text in the browser's cookie; it ends after a time in all, after a time
without a request, and when somebody signs out. There are so many at most; the longest idle goes.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from registry.access.asker import Asker, cookie
from registry.clock import Clock
from registry.domain.grants import Grant
from registry.errors import NotGrantedRefusal, UnauthorisedRefusal

SESSIONS_MAX: Final = 10_000
SESSION_ENDED: Final = "session-ended"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts, in all and without a request."""

    whole: timedelta
    idle: timedelta


@dataclass(slots=True)
class _Session:
    asker: Asker
    ends: datetime
    last: datetime


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, lifetime: Lifetime, public_url: str, clock: Clock) -> None:
        """Take how long they last, the address of the pages, and the time."""
        self._lifetime = lifetime
        self._public_url = public_url
        self._clock = clock
        self._held: OrderedDict[bytes, _Session] = OrderedDict()

    def begin(self, grant: Grant, who: str, name: str) -> str:
        """Begin a session; return the ``Set-Cookie`` that carries it."""
        text, now = secrets.token_urlsafe(32), self._clock.now()
        asker = Asker(grant, who, "", name, secrets.token_urlsafe(32))
        ends = now + self._lifetime.whole
        self._held[_digest(text)] = _Session(asker, ends, now)
        while len(self._held) > SESSIONS_MAX:
            self._held.popitem(last=False)
        return cookie(self._public_url, text, int(self._lifetime.whole.total_seconds()))

    def find(self, text: str) -> Asker:
        """Return who holds a session, which counts as a request of it.

        Raises:
            UnauthorisedRefusal: ``session-ended``; the answer takes the cookie away.
        """
        digest, now = _digest(text), self._clock.now()
        session = self._held.get(digest)
        if session is None or now >= min(session.ends, session.last + self._lifetime.idle):
            self._held.pop(digest, None)
            raise self._ended()
        session.last = now
        self._held.move_to_end(digest)
        return session.asker

    def read_for(self, text: str, purpose: str) -> None:
        """Remember what the holder of a session reads for; raises as :meth:`find`."""
        asker = self.find(text)
        self._held[_digest(text)].asker = replace(asker, purpose=purpose)

    def end(self, text: str) -> str:
        """End a session; return the ``Set-Cookie`` that takes its cookie away."""
        self._held.pop(_digest(text), None)
        return cookie(self._public_url, "", 0)

    def _ended(self) -> UnauthorisedRefusal:
        refusal = UnauthorisedRefusal(
            "登录已结束，请重新登录；不登录可查询公开信息。",
            "You have been signed out: sign in again, or go on with what is public.",
            code=SESSION_ENDED,
        )
        refusal.headers = {**refusal.headers, "Set-Cookie": cookie(self._public_url, "", 0)}
        return refusal


def check_form(asker: Asker, token: str) -> None:
    """Make sure that a form comes from a page of this session, where there is one.

    Raises:
        NotGrantedRefusal: it does not (``form-forged``).
    """
    if asker.signed_in and not secrets.compare_digest(token.encode(), asker.csrf.encode()):
        raise form_forged(asker)


def form_forged(asker: Asker) -> NotGrantedRefusal:
    """Return the refusal of a form that comes from no page of this site, or of another session."""
    return NotGrantedRefusal(
        "请在本网站的页面上填写并提交。",
        "Fill in and send the form on the pages of this site.",
        code="form-forged",
        who=asker.who,
    )


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
