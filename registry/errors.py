"""The error tree of the registry, and what each member says to a person.

RegistryError
  +- Refusal               a request that cannot be granted; rendered as an RFC 9457 problem
  +- NodeError             the node itself is not fit to go on (settings, migrations, keys)

Every class carries a stable ``code``; the texts are Chinese first, then English, and say what
would be right. A code is never reused for another meaning.
"""

from collections.abc import Mapping
from typing import ClassVar


class RegistryError(Exception):
    """Root of everything the registry raises on purpose."""

    code: ClassVar[str] = "registry-error"


class NodeError(RegistryError):
    """The node cannot start or go on; the text says what the operator must do."""

    code: ClassVar[str] = "node-error"


class Refusal(RegistryError):  # noqa: N818 - "refusal" is the word of the API and its documents
    """A refused request: HTTP status, stable code, both texts and machine-readable members."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    title_zh: ClassVar[str] = "请求被拒绝"
    title_en: ClassVar[str] = "The request was refused"

    def __init__(
        self, zh: str, en: str, *, code: str = "", extra: Mapping[str, object] | None = None
    ) -> None:
        """Take both texts; ``extra`` members travel in the problem (sizes, addresses, rows)."""
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
        self.detail_code = code or self.code
        self.extra: Mapping[str, object] = extra or {}
        self.headers: Mapping[str, str] = {}  # that the protocol wants beside the answer


class NotFoundRefusal(Refusal):
    """No such thing, or nothing that may be shown: the two answer alike (domain 0.1.1)."""

    code: ClassVar[str] = "not-found"
    status: ClassVar[int] = 404
    title_zh: ClassVar[str] = "未找到"
    title_en: ClassVar[str] = "Not found"


class GoneRefusal(Refusal):
    """A record that is not, or no longer, public; same answer as for one that never existed."""

    code: ClassVar[str] = "not-public"
    status: ClassVar[int] = 410
    title_zh: ClassVar[str] = "该信息不存在或已不再公示。"
    title_en: ClassVar[str] = "This record does not exist or is no longer public."


class MalformedRefusal(Refusal):
    """The bytes are not what the format says."""

    code: ClassVar[str] = "malformed"
    status: ClassVar[int] = 400
    title_zh: ClassVar[str] = "格式不符"
    title_en: ClassVar[str] = "Malformed"


class TooLargeRefusal(Refusal):
    """A bound on size or number was passed."""

    code: ClassVar[str] = "too-large"
    status: ClassVar[int] = 413
    title_zh: ClassVar[str] = "超出上限"
    title_en: ClassVar[str] = "Too large"


class TooSlowRefusal(Refusal):
    """The sender kept the node waiting longer than it waits (RFC 9110 15.5.9)."""

    code: ClassVar[str] = "too-slow"
    status: ClassVar[int] = 408
    title_zh: ClassVar[str] = "发送过慢"
    title_en: ClassVar[str] = "Too slow"


class ForbiddenRefusal(Refusal):
    """Bad signature, unknown or expired key."""

    code: ClassVar[str] = "forbidden"
    status: ClassVar[int] = 403
    title_zh: ClassVar[str] = "签名或密钥无效"
    title_en: ClassVar[str] = "Bad signature or key"


class CharterEndedRefusal(Refusal):
    """The charter and its days of grace are over: nothing is admitted or cosigned, all is read."""

    code: ClassVar[str] = "charter-expired"
    status: ClassVar[int] = 403
    title_zh: ClassVar[str] = "章程已失效，停止接收报送和联署"
    title_en: ClassVar[str] = "The charter has ended: nothing is admitted or cosigned"


class UnauthorisedRefusal(Refusal):
    """A credential that is not, or no longer, good; or none where one is needed (RFC 6750)."""

    code: ClassVar[str] = "unauthorised"
    status: ClassVar[int] = 401
    title_zh: ClassVar[str] = "身份未经确认"
    title_en: ClassVar[str] = "Not authenticated"

    def __init__(self, zh: str, en: str, *, code: str = "", who: str = "") -> None:
        """Take both texts; ``who`` is the credential's name in the access log, once it is proven.

        Code ``no-credential``: none was shown.
        """
        super().__init__(zh, en, code=code)
        self.who = who
        wrong = "" if code == "no-credential" else ', error="invalid_token"'
        self.headers = {"WWW-Authenticate": f'Bearer realm="registry"{wrong}'}


class NotGrantedRefusal(Refusal):
    """The credential is good, but its role, territories or matters do not allow this (RFC 6750)."""

    code: ClassVar[str] = "not-granted"
    status: ClassVar[int] = 403
    title_zh: ClassVar[str] = "超出授权范围"
    title_en: ClassVar[str] = "Outside what was granted"

    def __init__(self, zh: str, en: str, *, code: str = "", who: str = "") -> None:
        """Take both texts; ``who`` is the credential's name in the access log."""
        super().__init__(zh, en, code=code)
        self.who = who
        self.headers = {"WWW-Authenticate": 'Bearer realm="registry", error="insufficient_scope"'}


class FeedClosedRefusal(Refusal):
    """A feed that is not approved, or not any more; or one whose stops wait for confirmation."""

    code: ClassVar[str] = "feed-closed"
    status: ClassVar[int] = 403
    title_zh: ClassVar[str] = "数据推送未开通"
    title_en: ClassVar[str] = "The feed is closed"


class PurposeRefusal(Refusal):
    """This role says what it reads for before it reads (design 9; PIPL 6: a definite purpose)."""

    code: ClassVar[str] = "purpose-required"
    status: ClassVar[int] = 400
    title_zh: ClassVar[str] = "须写明查询用途"
    title_en: ClassVar[str] = "State the purpose"


class TooManyRefusal(Refusal):
    """More requests than are allowed; ``Retry-After`` says in seconds when to go on (RFC 6585)."""

    code: ClassVar[str] = "too-many-requests"
    status: ClassVar[int] = 429
    title_zh: ClassVar[str] = "请求过于频繁"
    title_en: ClassVar[str] = "Too many requests"

    def __init__(self, zh: str, en: str, seconds: int, *, code: str = "") -> None:
        """Take both texts and after how many seconds to ask again."""
        super().__init__(zh, en, code=code)
        self.headers = {"Retry-After": str(seconds)}


class WrongPositionRefusal(Refusal):
    """``from`` is not the stored size; the answer carries the size to resume from."""

    code: ClassVar[str] = "wrong-position"
    status: ClassVar[int] = 409
    title_zh: ClassVar[str] = "起始位置与已存数量不符"
    title_en: ClassVar[str] = "The batch does not start where the log ends"


class RootMismatchRefusal(Refusal):
    """Good signature, but the root does not follow from the stored tree and these lines."""

    code: ClassVar[str] = "root-mismatch"
    status: ClassVar[int] = 422
    title_zh: ClassVar[str] = "根哈希不一致"
    title_en: ClassVar[str] = "The root does not follow"


class NotHomeRefusal(Refusal):
    """Another node is this log's home; the answer carries its address."""

    code: ClassVar[str] = "not-home"
    status: ClassVar[int] = 421
    title_zh: ClassVar[str] = "本节点不是该日志的主节点"
    title_en: ClassVar[str] = "Another node is the home of this log"


class NotWholeRefusal(Refusal):
    """The log has moved to this node, which does not hold all of it yet, or cannot know."""

    code: ClassVar[str] = "not-whole"
    status: ClassVar[int] = 409
    title_zh: ClassVar[str] = "本节点尚未持有完整日志"
    title_en: ClassVar[str] = "This node does not hold the whole log yet"


class UnavailableRefusal(Refusal):
    """The node refuses for now; the text says when or what the operator must do."""

    code: ClassVar[str] = "unavailable"
    status: ClassVar[int] = 503
    title_zh: ClassVar[str] = "暂不可用"
    title_en: ClassVar[str] = "Not available now"
