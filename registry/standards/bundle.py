"""An answer with the bodies it rests on: whoever holds the file gets the same answer, offline.

One line of canonical JSON. Each body must be what its entry says, each place must be named once,
and the same question must come out as the same bytes; what differs is named. That a body stands in
its log is proven by its proof, which travels with the record, not here.
"""

from hashlib import sha256
from typing import Any, ClassVar, Final, Literal

import msgspec
from msgspec import Struct

from registry.domain.records import Record, canonical, decode_main
from registry.domain.records.standards import (
    GroupStandardUse,
    RecognitionChange,
    ResultAcceptance,
    Standard,
    StandardComparison,
    StandardNotice,
    StandardRecognition,
)
from registry.errors import Refusal
from registry.standards.answer import answer as answered
from registry.standards.model import Answer, Ask, Known, Ref, Stated
from registry.standards.statutes import STATUTES, Statutes

BYTES_MAX: Final = 16 * 1024 * 1024
"""A bundle of the largest standard known, with hundreds of recognitions, has some hundred KiB."""
_MAIN: Final = 64
"""Hex digits of an entry that are the digest of its main part."""

FIELD_OF: Final[dict[type[Record], str]] = {
    Standard: "editions",
    StandardNotice: "notices",
    StandardRecognition: "recognitions",
    ResultAcceptance: "acceptances",
    RecognitionChange: "changes",
    StandardComparison: "comparisons",
    GroupStandardUse: "group_uses",
}
"""Which member of `Known` holds which type."""


class ReplayRefusal(Refusal):
    """A file with an answer about a standard does not say what its records say."""

    code: ClassVar[str] = "standard-replay-differs"
    status: ClassVar[int] = 422
    title_zh: ClassVar[str] = "标准答复无法按所载信息重演"
    title_en: ClassVar[str] = "The answer does not follow from what is in the file"

    def __init__(self, what: str, zh: str, en: str) -> None:
        """Take what differs (a member, or a place), and both texts."""
        super().__init__(f"{zh}（{what}）。", f"{en} ({what}).", code=f"differs:{what}")
        self.what = what


class Saved(Struct, frozen=True, forbid_unknown_fields=True):
    """A body and its place; ``main`` is the text whose digest its entry begins with."""

    origin: str
    idx: int
    id: str
    entry: str
    member: str
    main: str


class _Bundle(Struct, frozen=True, forbid_unknown_fields=True):
    v: Literal[1]
    answer: Answer
    records: tuple[Saved, ...]


_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode
_DECODE: Final = msgspec.json.Decoder(_Bundle).decode


def encode_bundle(ask: Ask, known: Known, answer: Answer) -> bytes:
    """Return the file: the answer to ``ask``, and every body that is known.

    Raises:
        ReplayRefusal: the answer is to another question.
    """
    if answer.ask != ask:
        raise ReplayRefusal("ask", "答复不是对该问题作出", "the answer is to another question")
    every = (one for field in Known.__struct_fields__ for one in getattr(known, field))
    saved = {one.ref: _saved(one) for one in every}
    return _ENCODE(_Bundle(1, answer, tuple(saved[ref] for ref in sorted(saved))))


def _saved(one: Stated[Record]) -> Saved:
    ref, main = one.ref, canonical(one.record).decode()
    return Saved(ref.origin, ref.idx, ref.id, ref.entry, one.member, main)


def replay(data: bytes, statutes: Statutes = STATUTES) -> Answer:
    """Return the answer that the records in a file lead to; it is the one in the file.

    Raises:
        ReplayRefusal: the file is none, a body was altered, or the answer comes out otherwise.
    """
    if len(data) > BYTES_MAX:
        raise ReplayRefusal("size", "文件过大", f"more than {BYTES_MAX} bytes")
    try:
        bundle = _DECODE(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ReplayRefusal("format", "不是标准答复文件", "not such a file") from error
    known = _known(bundle.records)
    again = answered(bundle.answer.ask, known, statutes)
    if again != bundle.answer:
        raise _otherwise(bundle.answer, again)
    return again


def _known(records: tuple[Saved, ...]) -> Known:
    """Return what the bodies say; each must be what its entry commits to."""
    found: dict[str, list[Stated[Any]]] = {field: [] for field in Known.__struct_fields__}
    places: set[tuple[str, int]] = set()
    for one in records:
        place = f"{one.origin}/{one.idx}"
        if (one.origin, one.idx) in places:
            raise ReplayRefusal(place, "同一位置出现两次", "the same place occurs twice")
        places.add((one.origin, one.idx))
        record = _record(one, place)
        ref = Ref(one.origin, one.idx, one.id, one.entry)
        found[FIELD_OF[type(record)]].append(Stated(ref, one.member, record))
    return Known(**{field: tuple(stated) for field, stated in found.items()})


def _record(one: Saved, place: str) -> Record:
    main = one.main.encode()
    if sha256(main).hexdigest() != one.entry[:_MAIN]:
        raise ReplayRefusal(place, "信息内容已被改动", "the body is not what its entry says")
    try:
        record = decode_main(main)
    except msgspec.ValidationError as error:
        raise ReplayRefusal(place, "信息无法读取", "the body cannot be read") from error
    if type(record) not in FIELD_OF or record.id != one.id:
        raise ReplayRefusal(place, "不是关于标准的信息", "not a record about standards, or its id")
    return record


def _otherwise(told: Answer, again: Answer) -> ReplayRefusal:
    """Name what differs: inputs first, since another edition of these explains all else."""
    inputs = [
        f"inputs.{key}"
        for key in sorted({*told.inputs, *again.inputs})
        if told.inputs.get(key) != again.inputs.get(key)
    ]
    fields = [
        field
        for field in Answer.__struct_fields__
        if field != "inputs" and getattr(told, field) != getattr(again, field)
    ]
    return ReplayRefusal(
        ", ".join((*inputs, *fields)),
        "按所载信息重演，结果不同",
        "the same records lead to another answer",
    )
