"""RFC 9421 HTTP message signatures: how one node asks another, so that nobody else can.

One form of the standard, taken strictly: one signature, labelled ``node``, of type ``ed25519``,
over ``@method``, ``@authority``, ``@path`` and ``@query``, and over ``content-digest`` (RFC 9530,
SHA-256) when the request has a body; all of ``created``, ``expires``, ``nonce``, ``keyid``, ``alg``
and ``tag``, in this order and in the canonical spelling of RFC 8941. What is signed is the
signature base of section 2.5, so any implementation of the standard can sign and verify it.

The key is a node's *mirror* key: mirroring is what the bodies are asked for, and the charter then
needs no third key. The key has two other uses, cosignatures and vouchers, and both sign a message
that begins with ``cosignature/v1``. A signature base begins with a double quote. So no signature of
one kind is ever one of the other.

There is no clock and no memory here: the caller names the moment, and keeps each nonce until
`Parameters.forgotten_at`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from signing.encoding import decode_base64, decode_decimal, encode_base64
from signing.errors import HttpSignatureError, MalformedError, SignatureError
from signing.keys import SigningKey, VerifierKey

INPUT_FIELD: Final = "signature-input"
SIGNATURE_FIELD: Final = "signature"
DIGEST_FIELD: Final = "content-digest"
TAG: Final = "registry-node"
ALGORITHM: Final = "ed25519"
SKEW: Final = 30
"""Seconds by which two nodes' clocks may differ."""
LIFETIME_MAX: Final = 120
"""Seconds for which a signature may be good."""
FIELD_MAX: Final = 2_000
"""Characters of a field at most; nothing longer is looked at."""

_LABEL: Final = "node"
_COVERED: Final = ("@method", "@authority", "@path", "@query")
_WITH_BODY: Final = (*_COVERED, DIGEST_FIELD)
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_KEY_ID: Final = re.compile(r"[!#-\[\]-~]{1,300}")
_INPUT: Final = re.compile(
    rf"{_LABEL}=\((?P<covered>[^()]*)\);created=(?P<created>[0-9]+);expires=(?P<expires>[0-9]+);"
    r'nonce="(?P<nonce>[^"]*)";keyid="(?P<key_id>[^"]*)";alg="(?P<alg>[^"]*)";tag="(?P<tag>[^"]*)"'
)
_ORIGIN_FORM: Final = re.compile(r"/[!-~]*")
_HOST: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is signed.

    ``authority`` is the lower-case host with its port unless that is the scheme's own; ``target``
    is the path with the query, as it stands in the request line.
    """

    method: str
    authority: str
    target: str
    body: bytes = b""

    def __post_init__(self) -> None:
        """Refuse what could be read as two requests: nothing may hold a line end or a space."""
        if (
            not (self.method.isascii() and self.method.isalpha() and self.method.isupper())
            or _HOST.fullmatch(self.authority) is None
            or self.authority != self.authority.lower()
            or _ORIGIN_FORM.fullmatch(self.target) is None
        ):
            raise HttpSignatureError(code="request-malformed", detail="method, host or target")

    def components(self) -> list[tuple[str, str]]:
        """Return (identifier, value) of what is covered: RFC 9421 2.2.1, 2.2.3, 2.2.6, 2.2.7."""
        path, _, query = self.target.partition("?")
        values = [self.method, self.authority, path, f"?{query}"]
        found = [(f'"{name}"', value) for name, value in zip(_COVERED, values, strict=True)]
        if self.body:
            found.append((f'"{DIGEST_FIELD}"', content_digest(self.body)))
        return found


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a signature says of itself; moments in POSIX seconds."""

    created: int
    expires: int
    nonce: str
    key_id: str

    @property
    def forgotten_at(self) -> int:
        """The second from which on the nonce need not be remembered: it is refused as expired."""
        return self.expires + SKEW

    def check_time(self, at: int) -> None:
        """Raise HttpSignatureError unless the signature is good at a moment."""
        if not 0 < self.expires - self.created <= LIFETIME_MAX:
            raise HttpSignatureError(code="request-lifetime")
        if at < self.created - SKEW:
            raise HttpSignatureError(code="request-future")
        if at >= self.forgotten_at:
            raise HttpSignatureError(code="request-expired")


def key_id_of(key: VerifierKey) -> str:
    """Return the ``keyid`` of a key: its name and its note key ID."""
    return f"{key.name}+{key.key_id.hex()}"


def content_digest(body: bytes) -> str:
    """Return the value of ``Content-Digest`` (RFC 9530) of a body."""
    return f"sha-256=:{encode_base64(sha256(body).digest())}:"


def signature_base(components: Sequence[tuple[str, str]], parameters: str) -> bytes:
    """Return what is signed (RFC 9421 2.5).

    ``components`` are (serialised identifier, value); ``parameters`` is the inner list with its
    parameters, as it stands behind the label of ``Signature-Input``.
    """
    lines = [f"{name}: {value}" for name, value in components]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def format_input(parameters: Parameters, *, with_body: bool) -> str:
    """Return the value of ``Signature-Input``; the inverse of `parse_input`."""
    covered = " ".join(f'"{name}"' for name in (_WITH_BODY if with_body else _COVERED))
    text = (
        f"{_LABEL}=({covered});created={parameters.created};expires={parameters.expires};"
        f'nonce="{parameters.nonce}";keyid="{parameters.key_id}";alg="{ALGORITHM}";tag="{TAG}"'
    )
    parse_input(text)
    return text


def parse_input(text: str) -> tuple[Parameters, bool]:
    """Parse ``Signature-Input``; return its parameters and whether it covers a body.

    Raises HttpSignatureError ``request-malformed`` or ``request-component``.
    """
    match = _INPUT.fullmatch(text) if len(text) <= FIELD_MAX else None
    if match is None:
        raise _malformed("Signature-Input")
    covered = tuple(match["covered"].split(" "))
    if covered not in {tuple(f'"{n}"' for n in names) for names in (_COVERED, _WITH_BODY)}:
        raise HttpSignatureError(code="request-component")
    nonce, key_id = match["nonce"], match["key_id"]
    if _NONCE.fullmatch(nonce) is None or _KEY_ID.fullmatch(key_id) is None:
        raise _malformed("nonce, keyid")
    if (match["alg"], match["tag"]) != (ALGORITHM, TAG):
        raise _malformed("alg, tag")
    try:
        created, expires = decode_decimal(match["created"]), decode_decimal(match["expires"])
    except MalformedError:
        raise _malformed("created, expires") from None
    return Parameters(created, expires, nonce, key_id), len(covered) == len(_WITH_BODY)


def sign_request(
    request: Request, key: SigningKey, nonce: str, created: int, lifetime: int = LIFETIME_MAX // 2
) -> dict[str, str]:
    """Return the fields that sign a request, by their lower-case names; verified once more.

    ``nonce`` is fresh and random, 16 to 64 characters of base64url.
    """
    parameters = Parameters(created, created + lifetime, nonce, key_id_of(key.vkey))
    stated = format_input(parameters, with_body=bool(request.body))
    raw = key.sign(_base(request, stated))
    fields = {INPUT_FIELD: stated, SIGNATURE_FIELD: f"{_LABEL}=:{encode_base64(raw)}:"}
    if request.body:
        fields[DIGEST_FIELD] = content_digest(request.body)
    verify_request(request, fields, lambda _: key.vkey, created)
    return fields


def verify_request(
    request: Request,
    fields: Mapping[str, str],
    find: Callable[[str], VerifierKey],
    at: int,
) -> Parameters:
    """Verify the signature of a request at a POSIX second.

    Args:
        request: as it came, with the authority that the *verifier* goes by.
        fields: the fields of the request by lower-case name, those sent twice joined by ``, ``.
        find: returns the key of a ``keyid``; what it raises is raised.
        at: the present moment.

    Raises:
        HttpSignatureError: unsigned, malformed, too little covered, or not of this moment.
        SignatureError: the key did not sign this request.
    """
    stated, signature = fields.get(INPUT_FIELD), fields.get(SIGNATURE_FIELD)
    if stated is None or signature is None:
        raise HttpSignatureError(code="request-unsigned")
    parameters, with_body = parse_input(stated)
    if with_body != bool(request.body):
        raise HttpSignatureError(code="request-component")
    if with_body and fields.get(DIGEST_FIELD) != content_digest(request.body):
        raise HttpSignatureError(code="request-digest")
    parameters.check_time(at)
    raw = _raw_signature(signature)
    key = find(parameters.key_id)
    if key_id_of(key) != parameters.key_id:
        raise SignatureError(en="the key is not the one named", zh="密钥与所写的不符")
    key.verify(_base(request, stated), raw)
    return parameters


def _base(request: Request, stated: str) -> bytes:
    return signature_base(request.components(), stated.removeprefix(f"{_LABEL}="))


def _raw_signature(text: str) -> bytes:
    start, end = f"{_LABEL}=:", ":"
    if len(text) > FIELD_MAX or not (text.startswith(start) and text.endswith(end)):
        raise _malformed("Signature")
    try:
        return decode_base64(text[len(start) : -len(end)])
    except MalformedError:
        raise _malformed("Signature") from None


def _malformed(what: str) -> HttpSignatureError:
    return HttpSignatureError(code="request-malformed", detail=what)
