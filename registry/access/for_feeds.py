"""Who may ask about feeds: their consumers, and the staff that looks after them."""

from typing import Final

from registry.access.asker import Asker
from registry.access.log import ANSWERED
from registry.access.reads import Reads
from registry.domain.disclosure import Role
from registry.errors import NotGrantedRefusal, UnauthorisedRefusal

STAFF: Final = frozenset({Role.REGION, Role.AUDITOR, Role.OPERATOR})
"""Who approves feeds, who looks after what was done, who runs the node."""


async def as_consumer(reads: Reads, kind: str) -> Asker:
    """Return who asks for a feed.

    Raises:
        UnauthorisedRefusal: nobody is known to ask.
        NotGrantedRefusal: he is no consumer, which is written down.
    """
    return await _as(
        reads,
        kind,
        frozenset({Role.CONSUMER}),
        (
            "数据推送仅供获准的数据使用单位，以其专用密钥访问。",
            "Feeds are for approved consumers, with the keys issued for that.",
            "not-a-consumer",
        ),
    )


async def as_staff(reads: Reads) -> None:
    """Write down that staff looks at all feeds; raises as `as_consumer`."""
    await _as(
        reads,
        "feeds",
        STAFF,
        (
            "数据推送总览仅供区域办公室、审计员和节点运营者查阅。",
            "How all feeds stand is for the region office, the auditor and the operator.",
            "not-of-feeds",
        ),
    )
    await reads.write("feeds", ANSWERED)


async def _as(
    reads: Reads, kind: str, roles: frozenset[Role], refused: tuple[str, str, str]
) -> Asker:
    asker, (zh, en, code) = reads.asker, refused
    if not asker.known:
        raise UnauthorisedRefusal(
            "请出示凭据，或先登录。", "Show a credential, or sign in.", code="no-credential"
        )
    if asker.grant.role not in roles:
        await reads.write(kind, code)
        raise NotGrantedRefusal(zh, en, code=code, who=asker.who)
    return asker
