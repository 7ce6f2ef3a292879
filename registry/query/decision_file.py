"""A decision to take away: one JSON file from which it can be made again, offline.

``registry-decision@v1``, in canonical JSON, so that a decision saved twice is saved alike: the
decision as answered (with question and inputs), the facts it was made from, the records as signed
where their asker may read them, their proofs, the book's files, the adoptions, and the names of
the territories. It holds what its asker was shown and nothing else.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from registry.errors import MalformedRefusal
from registry.query.views import Basis, DecisionAnswer, RulebookView
from registry.rules.load import FILES, OPTIONAL
from registry.rules.model import Adoption, Decision, Fact, FactRef

FORMAT: Final = "registry-decision@v1"
FILE_MAX: Final = 32 * 1024 * 1024
"""Bytes of a file that is read: some thousands of records with their proofs."""
_ENTRY: Final = 128


class SavedBook(Struct, frozen=True, forbid_unknown_fields=True):
    """The rulebook in force: where its record stands, and the files that are its text."""

    edition: str
    title: str
    origin: str
    idx: int
    files: dict[str, str]


class SavedRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A record used: where it stands, its main part as signed, and its proof (tlog-proof).

    ``main`` is empty where the asker may not read all of it, ``proof`` where the node had none.
    """

    origin: str
    idx: Annotated[int, Meta(ge=0)]
    entry: Annotated[str, Meta(min_length=_ENTRY, max_length=_ENTRY, pattern="^[0-9a-f]*$")]
    main: str
    proof: str


class Asker(Struct, frozen=True, forbid_unknown_fields=True):
    """Who asked, as far as it decides what may be seen."""

    role: str
    member: str
    subject: str


class DecisionFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in the file."""

    format: Literal["registry-decision@v1"]
    asker: Asker
    decision: Decision
    places: dict[str, str]
    subjects: tuple[str, ...]
    book: SavedBook | None
    adoptions: tuple[Adoption, ...]
    facts: tuple[Fact, ...]
    records: tuple[SavedRecord, ...]
    erased: tuple[str, ...] = ()


def saved(answer: DecisionAnswer, proofs: Mapping[FactRef, bytes] | None = None) -> bytes:
    """Return the file of an answer; ``proofs`` are those of the records used, where there are any.

    Raises:
        ValueError: the answer does not say what it rests on.
    """
    basis = answer.basis
    if basis is None:
        raise ValueError("an answer without its basis cannot be saved")
    facts = tuple(sorted(basis.facts, key=lambda fact: (fact.ref.origin, fact.ref.idx)))
    viewer = basis.viewer
    return _encoded(
        DecisionFile(
            format=FORMAT,
            asker=Asker(viewer.role.value, viewer.member, viewer.subject),
            decision=answer.decision,
            places=dict(basis.places),
            subjects=basis.subjects,
            book=None if basis.book is None else _book(basis.book),
            adoptions=() if basis.book is None else tuple(basis.book.adoptions),
            facts=facts,
            records=tuple(_record(fact.ref, basis, proofs or {}) for fact in facts),
            erased=basis.erased,
        )
    )


def opened(data: bytes) -> DecisionFile:
    """Read a file strictly: one meaning, one sequence of bytes. One LF at its end is let pass.

    Raises:
        MalformedRefusal: it is too long, no such file, or not in its canonical form.
    """
    data = data.removesuffix(b"\n")
    if len(data) > FILE_MAX:
        raise _malformed("too-long", f"超过 {FILE_MAX} 字节", f"longer than {FILE_MAX} bytes")
    try:
        file = msgspec.json.decode(data, type=DecisionFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed("not-a-decision-file", f"内容有误：{error}", f"{error}") from error
    if _encoded(file) != data:
        raise _malformed(
            "not-canonical",
            "内容或写法已被改动：应与保存时逐字节一致",
            "it is not written as it was saved, byte for byte",
        )
    return file


def digest_of_decision(decision: Decision) -> str:
    """Return SHA-256 (hex) of the decision in canonical JSON, as the interface gives it."""
    return sha256(msgspec.json.encode(decision, order="sorted")).hexdigest()


def _book(book: RulebookView) -> SavedBook:
    files = {name: body.decode() for name, body in book.files.items() if name in FILES | OPTIONAL}
    return SavedBook(book.edition, book.title, book.origin, book.idx, files)


def _record(ref: FactRef, basis: Basis, proofs: Mapping[FactRef, bytes]) -> SavedRecord:
    main, proof = basis.mains.get(ref, b"").decode(), proofs.get(ref, b"").decode()
    return SavedRecord(ref.origin, ref.idx, ref.entry, main, proof)


def _encoded(file: DecisionFile) -> bytes:
    return msgspec.json.encode(file, order="sorted")


def _malformed(code: str, zh: str, en: str) -> MalformedRefusal:
    return MalformedRefusal(
        f"不是可重演的决定文件：{zh}。",
        f"This is no file of a decision that can be replayed: {en}.",
        code=code,
    )
