"""Another node's witness, asked to cosign a tree of ours: the client of C2SP tlog-witness.

Nothing that it answers is believed: a line counts once it verifies with the witness's key of the
charter, over the very text that was sent. What else comes is refused under the witness's name.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar, Final

import httpx

from registry.clock import unix
from registry.errors import RegistryError
from registry.exchange.peer import Asking
from registry.exchange.shown import TOLERANCE
from signing.cosign import Cosignature, verify_cosignature
from signing.encoding import decode_decimal, encode_base64
from signing.errors import MalformedError, SigningError
from signing.note import parse_note
from signing.parties import Node

ANSWER_MAX: Final = 16 * 1024
"""Bytes of an answer: a few signature lines, or a size; the longest line has some 3,400."""
WHOLE: Final = 30.0
"""Seconds for an answer as a whole."""
TRIES: Final = 3
"""Requests for one tree: the first may learn where the witness stands, and so may the second."""
Proofs = Callable[[int], Awaitable[list[bytes]]]
"""Gives the consistency proof from a size to the tree that is asked about."""
_OK, _CONFLICT, _UNPROCESSABLE = 200, 409, 422

REASONS: Final[dict[str, tuple[str, str]]] = {
    "unreachable": ("见证方没有应答", "the witness does not answer"),
    "refuses": ("见证方拒绝联署", "the witness refuses to cosign"),
    "disagrees": (
        "见证方认为所给的树与其此前见证的不一致",
        "the witness finds that the tree does not follow from the one it has cosigned",
    ),
    "ahead": (
        "见证方已见证更大的树，本节点没有",
        "the witness has cosigned a larger tree than is stored here",
    ),
    "unsettled": ("见证方每次要求从不同的大小开始", "the witness names another size each time"),
    "oversized": ("应答超过上限", "the answer is longer than it may be"),
    "malformed": ("应答不符合格式", "the answer is not in its format"),
    "other-key": ("应答由章程未列的密钥签署", "the answer is signed by a key that is not its own"),
    "bad-signature": ("联署核验未通过", "the cosignature does not verify"),
    "postdated": ("联署时间晚于当前时间", "the cosignature is of a time to come"),
}
"""What can be wrong with a witness: code -> (Chinese, English)."""


class WitnessError(RegistryError):
    """A witness has not given what counts; ``reason`` is of `REASONS`."""

    code: ClassVar[str] = "witness"

    def __init__(self, witness: str, reason: str, detail: str) -> None:
        """Name the witness's key, what is wrong, and where."""
        zh, en = REASONS[reason]
        super().__init__(f"{witness}: {reason}: {zh} / {en}: {detail}")
        self.witness = witness
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Tree:
    """A signed tree to be cosigned: its note, as the log signed it, and its size."""

    note: bytes
    size: int


class AskedWitness:
    """The witness of another node; it remembers where each log stands there."""

    def __init__(self, node: Node, asking: Asking) -> None:
        """Take the node as the charter names it, and what every request needs."""
        self.node = node
        self.name = node.witness.name
        self._url = f"{node.url.rstrip('/')}/witness/add-checkpoint"
        self._asking = asking
        self._stands: dict[str, int] = {}

    async def cosign(self, tree: Tree, proofs: Proofs) -> Cosignature:
        """Return the witness's cosignature of a tree; raises WitnessError."""
        text = parse_note(tree.note).text
        origin, _, _ = text.partition("\n")
        old = min(self._stands.get(origin, 0), tree.size)
        for _ in range(TRIES):
            proof = await proofs(old) if 0 < old < tree.size else []
            lines = [f"old {old}", *map(encode_base64, proof)]
            status, answer = await self._post("\n".join(lines).encode() + b"\n\n" + tree.note)
            if status == _OK:
                self._stands[origin] = tree.size
                return self._verified(text, answer)
            if status != _CONFLICT:
                reason = "disagrees" if status == _UNPROCESSABLE else "refuses"
                raise self._wrong(reason, f"HTTP {status}")
            old = self._size(answer)
            if old > tree.size:
                raise self._wrong("ahead", f"{old} > {tree.size}")
        raise self._wrong("unsettled", f"{TRIES} tries")

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(WHOLE):
                return await self._once(body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise self._wrong("unreachable", f"{type(error).__name__} {error}") from error

    async def _once(self, body: bytes) -> tuple[int, bytes]:
        http, headers = self._asking.http, {"Accept-Encoding": "identity"}
        async with http.stream("POST", self._url, content=body, headers=headers) as response:
            answer = bytearray()
            async for piece in response.aiter_raw():
                answer += piece
                if len(answer) > ANSWER_MAX:
                    raise self._wrong("oversized", f"more than {ANSWER_MAX} bytes")
            return response.status_code, bytes(answer)

    def _size(self, answer: bytes) -> int:
        """Return the size that a refusal names: in decimal, and nothing else."""
        try:
            return decode_decimal(answer.decode("ascii").removesuffix("\n"))
        except (UnicodeDecodeError, SigningError) as error:
            raise self._wrong("malformed", "no size in a 409") from error

    def _verified(self, text: str, answer: bytes) -> Cosignature:
        key = self.node.witness
        try:
            lines = parse_note(text.encode() + b"\n" + answer).signatures
            own = [line for line in lines if line.is_by(key)]
            if not own:
                raise self._wrong("other-key", ", ".join(line.name for line in lines)[:200])
            found = verify_cosignature(key, own[0], text)
        except SigningError as error:
            reason = "malformed" if isinstance(error, MalformedError) else "bad-signature"
            raise self._wrong(reason, str(error)) from error
        if found.time > unix(self._asking.clock) + TOLERANCE:
            raise self._wrong("postdated", str(found.time))
        return found

    def _wrong(self, reason: str, detail: str) -> WitnessError:
        return WitnessError(self.name, reason, detail)
