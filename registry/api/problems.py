"""One map from everything that can go wrong to an RFC 9457 problem.

The type URI is ``/problems/<code>`` of the error class and is documented under that address;
``code`` is the exact reason within the class. Texts are Chinese first, English beside it. An
unforeseen error says nothing about the inside of the node.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from inspect import getdoc
from typing import ClassVar, Final, TypeVar

from litestar import Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    ValidationException,
)
from msgspec import json as msgjson

from registry.errors import GoneRefusal, Refusal
from search.errors import SearchError
from signing.errors import (
    BATCH_TEXTS,
    CHARTER_TEXTS,
    RECORD_TEXTS,
    BatchError,
    CharterError,
    ExpiredKeyError,
    ProofError,
    RecordError,
    SignatureError,
    SigningError,
    UnknownKeyError,
)

MEDIA_TYPE: Final = "application/problem+json"
_E = TypeVar("_E", bound=Exception)
_LOG = logging.getLogger(__name__)

_SIGNING: Final[tuple[tuple[type[SigningError], int, str, str], ...]] = (
    (SignatureError, 403, "签名无效", "Bad signature"),
    (UnknownKeyError, 403, "密钥未知", "Unknown key"),
    (ExpiredKeyError, 403, "密钥已过期或尚未生效", "Key not valid at that time"),
    (CharterError, 403, "章程不允许", "Not allowed by the charter"),
    (ProofError, 422, "证明不成立", "The proof does not hold"),
    (SigningError, 400, "格式不符", "Malformed"),
)
_TOO_LARGE: Final = frozenset(
    {"line-too-long", "header-too-long", "too-many-records", "batch-too-large"}
)
_CODES: Final[dict[type[SigningError], Mapping[str, tuple[str, str]]]] = {
    RecordError: RECORD_TEXTS,
    BatchError: BATCH_TEXTS,
    CharterError: CHARTER_TEXTS,
}
_HTTP: Final[dict[int, tuple[str, str, str]]] = {
    400: ("invalid-parameter", "参数有误", "A parameter is not valid"),
    404: ("not-found", "未找到", "Not found"),
    405: ("method-not-allowed", "此地址不支持该方法", "The method is not allowed here"),
    413: ("too-large", "超出上限", "Too large"),
    500: ("internal-error", "系统内部错误", "Internal error"),
}
_HTTP_DETAIL: Final[dict[int, tuple[str, str]]] = {
    400: ("请求的参数不符合要求，见 errors。", "A parameter is out of bounds: see errors."),
    404: ("没有这个地址，请检查链接。", "There is nothing at this address: check the link."),
    405: ("请改用接口文档列出的方法。", "Use a method that the interface document lists."),
    413: ("请求内容过大，请分批报送。", "The body is too large: send several batches."),
    500: ("请稍后重试；操作日志已记录本次错误。", "Try again later; the error has been logged."),
}


class UnsupportedRefusal(Refusal):
    """The body is of another media type or packing than the interface takes."""

    code: ClassVar[str] = "unsupported"
    status: ClassVar[int] = 415
    title_zh: ClassVar[str] = "不支持的内容类型"
    title_en: ClassVar[str] = "Unsupported media type"


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, before it is rendered.

    ``extra`` members travel beside the standard ones, ``headers`` with the answer.
    """

    kind: str
    code: str
    status: int
    title: tuple[str, str]
    detail: tuple[str, str]
    instance: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def members(self) -> dict[str, object]:
        """The members of the problem document; ``instance`` is left out where it is empty."""
        body: dict[str, object] = {
            "type": f"/problems/{self.kind}",
            "title": self.title[0],
            "title_en": self.title[1],
            "status": self.status,
            "detail": self.detail[0],
            "detail_en": self.detail[1],
            "code": self.code,
        }
        if self.instance:
            body["instance"] = self.instance
        return {**self.extra, **body}


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """The documentation of one problem type: what ``/problems/<kind>`` shows."""

    kind: str
    status: int
    title: tuple[str, str]
    meaning: str
    codes: Mapping[str, tuple[str, str]]


def problem_of(error: Exception, instance: str = "") -> Problem:
    """The problem an error is told as; ``instance`` is the address that was asked for.

    A record that is not public has no instance: the answer is the same, byte for byte, for
    every address (domain 0.1.1).
    """
    match error:
        case GoneRefusal():
            return _refused(error, "")
        case Refusal():
            return _refused(error, instance)
        case SigningError():
            return _unsigned(error, instance)
        case SearchError():
            titles = (error.title_zh, error.title_en)
            texts = (error.zh, error.en)
            return Problem(error.code, error.detail_code, error.status, titles, texts, instance)
        case HTTPException():
            return _over_http(error, instance)
        case _:
            _LOG.error("unforeseen error at %s", instance, exc_info=error)
            return _plain(HTTPStatus.INTERNAL_SERVER_ERROR, instance)


def problem_response(problem: Problem) -> Response[bytes]:
    """Render a problem for programs."""
    return Response(
        msgjson.encode(problem.members()),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(problem.headers),
    )


def catalogue() -> dict[str, ProblemKind]:
    """Every problem type of this node by its name, for ``/problems/<kind>``."""
    kinds = {code: _http_kind(status) for status, (code, _, _) in _HTTP.items()}
    kinds |= {cls.code: _titled_kind(cls) for cls in _tree(Refusal)}
    kinds |= {cls.code: _titled_kind(cls) for cls in _tree(SearchError)}
    kinds |= {cls.code: _signing_kind(cls) for cls in _tree(SigningError)}
    return kinds


def _refused(error: Refusal, instance: str) -> Problem:
    titles = (error.title_zh, error.title_en)
    texts = (error.zh, error.en)
    kind, code, status = error.code, error.detail_code, error.status
    return Problem(kind, code, status, titles, texts, instance, error.extra, error.headers)


def _unsigned(error: SigningError, instance: str) -> Problem:
    status, *titles = _signing_status(type(error), error.code)
    extra: dict[str, object] = {}
    if isinstance(error, RecordError):
        extra["pointer"] = error.pointer
    if isinstance(error, BatchError) and error.line is not None:
        extra["line"] = error.line
    kind = type(error).code
    texts = (error.zh, str(error))
    return Problem(kind, error.code, status, (titles[0], titles[1]), texts, instance, extra)


def _signing_status(cls: type[SigningError], code: str) -> tuple[int, str, str]:
    if code in _TOO_LARGE:
        return 413, "超出上限", "Too large"
    return next((status, zh, en) for base, status, zh, en in _SIGNING if issubclass(cls, base))


def _over_http(error: HTTPException, instance: str) -> Problem:
    problem = _plain(HTTPStatus(error.status_code), instance)
    if isinstance(error, MethodNotAllowedException):
        return replace(problem, headers={"Allow": _allowed(error)})
    if not isinstance(error, ValidationException):
        return problem
    found = error.extra if isinstance(error.extra, list) else [{"message": error.detail}]
    wrong = [
        {"name": item.get("key", ""), "source": item.get("source", ""), "message": item["message"]}
        for item in found
    ]
    return replace(problem, extra={"errors": wrong})


def _allowed(error: MethodNotAllowedException) -> str:
    """The methods of the address (RFC 9110 15.5.6); HEAD wherever there is GET."""
    methods = {name.strip() for name in (error.headers or {}).get("allow", "").split(",")}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _plain(status: HTTPStatus, instance: str) -> Problem:
    known = (
        status if status in _HTTP else 500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400
    )
    code, zh, en = _HTTP[known]
    return Problem(code, code, int(status), (zh, en), _HTTP_DETAIL[known], instance)


def _tree(root: type[_E]) -> Iterator[type[_E]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


def _meaning(cls: type[Exception]) -> str:
    return (getdoc(cls) or "").split("\n\n")[0].replace("\n", " ")


def _titled_kind(cls: type[Refusal] | type[SearchError]) -> ProblemKind:
    return ProblemKind(cls.code, cls.status, (cls.title_zh, cls.title_en), _meaning(cls), {})


def _signing_kind(cls: type[SigningError]) -> ProblemKind:
    status, zh, en = _signing_status(cls, "")
    return ProblemKind(cls.code, status, (zh, en), _meaning(cls), _CODES.get(cls, {}))


def _http_kind(status: int) -> ProblemKind:
    code, zh, en = _HTTP[status]
    return ProblemKind(code, status, (zh, en), _HTTP_DETAIL[status][1], {})
