"""Nodes that ask as nodes: a signed request (RFC 9421), by the charter's key, once.

What other nodes may read is whole: bodies as they are stored, restricted parts too. So neither a
key that an operator issued nor a token opens it, but only the mirror key that the region's charter
names, for one request of this moment to this node. Nonces are in memory alone; therefore nothing
that was signed before this node started counts, or a restart would let a request count again.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from registry.clock import Clock, unix
from registry.errors import UnauthorisedRefusal, UnavailableRefusal
from signing.charter import Charter
from signing.errors import SigningError, UnknownKeyError
from signing.httpsig import (
    INPUT_FIELD,
    SIGNATURE_FIELD,
    TAG,
    Parameters,
    Request,
    key_id_of,
    verify_request,
)
from signing.keys import VerifierKey

NONCES_MAX: Final = 20_000
"""Nonces remembered at once; each for at most three minutes."""
_WANTED: Final = (
    'node=("@method" "@authority" "@path" "@query");created;expires;nonce;keyid;alg="ed25519";'
    f'tag="{TAG}"'
)


class Peers:
    """Recognises the other nodes of the charter."""

    def __init__(
        self, charter: Charter, node_name: str, clock: Clock, most: int = NONCES_MAX
    ) -> None:
        """Take the charter, this node's name in it, the time, and how many nonces at most."""
        self._node_name = node_name
        self.under(charter)
        self._clock = clock
        self._most = most
        self._since = unix(clock)
        self._held: dict[tuple[str, str], int] = {}

    def under(self, charter: Charter) -> None:
        """Recognise the nodes of another charter from now on; what was shown still counts once."""
        self._keys = {
            key_id_of(node.mirror): (node.name, node.mirror)
            for node in charter.nodes
            if node.name != self._node_name
        }
        own = next((node.url for node in charter.nodes if node.name == self._node_name), "")
        self._authority = authority_of(own)

    def recognise(self, method: str, target: str, fields: Mapping[str, str]) -> str:
        """Return the name of the node that signed a request without a body.

        ``target`` is path and query as they came; ``fields`` by lower-case name. The authority is
        the one that the charter gives this node, whatever name a proxy passes on.

        Raises:
            UnauthorisedRefusal: ``no-credential``, a code of ``signing.httpsig``, ``unknown-key``,
                ``bad-signature``, ``request-replayed`` or ``request-before-start``.
            UnavailableRefusal: more requests are good than can be remembered.
        """
        if not shown(fields):
            raise _refusal(
                "no-credential", "本地址仅供章程中的其他节点读取。", "This is for other nodes."
            )
        try:
            request = Request(method, self._authority, target)
            said = verify_request(request, fields, self._key, unix(self._clock))
        except SigningError as error:
            raise _refusal(error.code, error.zh, str(error)) from error
        name = self._keys[said.key_id][0]
        self._spend(said, f"node:{name}")
        return name

    def _key(self, key_id: str) -> VerifierKey:
        found = self._keys.get(key_id)
        if found is None:
            raise UnknownKeyError(en="no node of the charter has this key", zh="章程中没有此密钥")
        return found[1]

    def _spend(self, said: Parameters, who: str) -> None:
        if said.created <= self._since:
            zh, en = (
                "请求签名早于本节点启动，请重新签名。",
                "It was signed before this node started.",
            )
            raise _refusal("request-before-start", zh, en, who)
        if (said.key_id, said.nonce) in self._held:
            zh, en = "该签名已使用过。", "A signature counts once, and this was shown before."
            raise _refusal("request-replayed", zh, en, who)
        if len(self._held) >= self._most:
            self._forget()
        self._held[said.key_id, said.nonce] = said.forgotten_at

    def _forget(self) -> None:
        now = unix(self._clock)
        self._held = {key: until for key, until in self._held.items() if until > now}
        if len(self._held) >= self._most:
            raise UnavailableRefusal(
                "节点间请求过多，请稍后再试。", "Too many requests of nodes.", code="busy"
            )


def shown(fields: Mapping[str, str]) -> bool:
    """Tell whether a request shows anything of a signature."""
    return INPUT_FIELD in fields or SIGNATURE_FIELD in fields


def authority_of(url: str) -> str:
    """Return the ``@authority`` of an address: lower case, without the scheme's own port."""
    parts = urlsplit(url)
    own = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    host = parts.netloc.rpartition("@")[2].lower()
    return host.removesuffix(own) if own else host


def _refusal(code: str, zh: str, en: str, who: str = "") -> UnauthorisedRefusal:
    """Return the refusal, which says what would be taken (RFC 9421 5.1)."""
    refusal = UnauthorisedRefusal(zh, en, code=code, who=who)
    refusal.headers = {**refusal.headers, "Accept-Signature": _WANTED}
    return refusal
