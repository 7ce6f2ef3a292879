"""C2SP tlog-proof: all that is needed to verify one entry offline, in one ``*.tlog-proof`` file.

Header line, optional ``extra`` (not authenticated), the index, the inclusion path from the leaf's
sibling upwards, an empty line, the checkpoint note with its cosignatures.

Our use of ``extra``: the 32-byte digest of the restricted part, for readers who hold the main part
of the record only. It needs no signature of its own: with a wrong digest the inclusion proof fails.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from signing.checkpoint import Checkpoint, checkpoint_of
from signing.cosign import Cosignature, cosignatures_of
from signing.encoding import decode_base64, decode_decimal, encode_base64
from signing.errors import MalformedBase64Error, MalformedError, MalformedProofError
from signing.keys import VerifierKey
from signing.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from signing.note import MAX_NOTE, open_note

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_HASHES: Final = 63
MAX_EXTRA: Final = 4096
MAX_PROOF: Final = MAX_NOTE + 16 * 1024


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A parsed proof; nothing about it is verified."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint_note: bytes
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry that is number `index` of the log at `checkpoint`; cosignatures earliest first."""

    checkpoint: Checkpoint
    index: int
    cosignatures: tuple[Cosignature, ...]


def encode_proof(proof: TlogProof) -> bytes:
    """Return the bytes of a proof file; the inverse of `parse_proof`, which it must pass."""
    extra = [] if proof.extra is None else [f"extra {encode_base64(proof.extra)}"]
    hashes = [encode_base64(item) for item in proof.hashes]
    head = "\n".join([HEADER, *extra, f"index {proof.index}", *hashes, "\n"])
    data = head.encode() + proof.checkpoint_note
    parse_proof(data)
    return data


def parse_proof(data: bytes) -> TlogProof:
    """Parse a proof file strictly, without verifying anything; raise MalformedProofError."""
    if len(data) > MAX_PROOF:
        raise _malformed(en="too long", zh="长度超限")
    head, gap, note = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
        if not gap or lines.pop(0) != HEADER:
            raise _malformed(en=f"it does not start with {HEADER}", zh="首行无效")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = decode_base64(lines.pop(0)[len("extra ") :])
        if not lines or not lines[0].startswith("index "):
            raise _malformed(en="no index line", zh="缺少 index 行")
        index = decode_decimal(lines.pop(0)[len("index ") :])
        hashes = tuple(decode_base64(line) for line in lines)
    except (MalformedBase64Error, MalformedProofError):
        raise
    except UnicodeDecodeError:
        raise _malformed(
            en="not ASCII before the checkpoint", zh="检查点之前含有非 ASCII 字符"
        ) from None
    except MalformedError as error:
        raise _malformed(en=str(error), zh=error.zh) from None
    if len(hashes) > MAX_HASHES or any(len(item) != HASH_SIZE for item in hashes):
        raise _malformed(
            en="more than 63 hashes, or one that has not 32 bytes", zh="哈希数量或长度无效"
        )
    if extra is not None and len(extra) > MAX_EXTRA:
        raise _malformed(en="the extra data is too long", zh="附加数据过长")
    return TlogProof(index, hashes, note, extra)


def verify_proof(
    data: bytes, entry: bytes, log_key: VerifierKey, cosigner_keys: Iterable[VerifierKey]
) -> ProvenEntry:
    """Verify a proof file for an entry: log signature, known cosignatures, path to the root.

    Whether the cosignatures are *enough* is the caller's policy. Raises MalformedProofError and
    everything `open_checkpoint` and `verify_inclusion` raise.
    """
    proof = parse_proof(data)
    opened = open_note(proof.checkpoint_note, (log_key, *cosigner_keys))
    checkpoint = checkpoint_of(proof.checkpoint_note, opened).checkpoint
    verify_inclusion(proof.index, checkpoint.size, leaf_hash(entry), proof.hashes, checkpoint.root)
    return ProvenEntry(checkpoint, proof.index, cosignatures_of(opened))


def _malformed(*, en: str, zh: str) -> MalformedProofError:
    return MalformedProofError(en=f"malformed proof: {en}", zh=f"证明文件格式无效：{zh}")
