"""An answer to take away: ``registry-standard@v1``, from which it can be made again, offline.

In canonical JSON: the answer, and every record that was known, as signed, with its proof. Answers
are a function of question and records alone, so whoever holds the bodies gets the same answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from registry.domain.records import AnyRecord, decode_main
from registry.errors import MalformedRefusal, TooLargeRefusal
from registry.query.standards_gather import records_of
from registry.query.standards_views import UsableView
from registry.standards.answer import answer
from registry.standards.model import Answer, Ref, Stated
from registry.store.reading_files import Stated as Stored

FORMAT: Final = "registry-standard@v1"
RECORDS_MAX: Final = 500
FILE_MAX: Final = 32 * 1024 * 1024
_DIGEST: Final = sha256().digest_size
_ENTRY: Final = 2 * 2 * _DIGEST


class SavedRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A record that was known: where it stands, of whom, as signed, and its proof (tlog-proof)."""

    origin: str
    idx: Annotated[int, Meta(ge=0)]
    entry: Annotated[str, Meta(min_length=_ENTRY, max_length=_ENTRY, pattern="^[0-9a-f]*$")]
    member: str
    main: str
    proof: str


class StandardFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in the file; ``logs`` are size and root of each log that was read."""

    format: Literal["registry-standard@v1"]
    answer: Answer
    logs: dict[str, str]
    records: tuple[SavedRecord, ...]


def stored_in(view: UsableView) -> tuple[Stored, ...]:
    """Return every record an answer was made from, with the acts among them, in their order.

    Raises:
        TooLargeRefusal: there are more than a file has (``too-many-records``).
    """
    some = {one.row.place: one for one in view.gathered.stated}
    if len(some) > RECORDS_MAX:
        raise TooLargeRefusal(
            f"该问题涉及 {len(some)} 条信息，超出文件上限 {RECORDS_MAX} 条；请写明版本年份。",
            f"This rests on {len(some)} records, more than the {RECORDS_MAX} of a file: name an "
            "edition by its year.",
            code="too-many-records",
        )
    return tuple(sorted(some.values(), key=lambda one: (one.origin, one.row.idx)))


def file_of(view: UsableView, proofs: Mapping[tuple[str, int], bytes]) -> StandardFile:
    """Return the file of an answer, with the proofs there are."""
    records = tuple(
        SavedRecord(
            *(one.origin, one.row.idx, one.entry.hex(), one.member, one.main.decode()),
            proofs.get((one.origin, one.row.idx), b"").decode(),
        )
        for one in stored_in(view)
    )
    logs = dict(view.gathered.known.named)
    return StandardFile(format=FORMAT, answer=view.answer, logs=logs, records=records)


def encoded(file: StandardFile) -> bytes:
    """Return the bytes of a file."""
    return msgspec.json.encode(file, order="sorted")


def opened(data: bytes) -> StandardFile:
    """Read a file strictly.

    Raises:
        MalformedRefusal: it is too long, or no such file (``not-a-standard-file``).
    """
    try:
        if len(data) > FILE_MAX:
            raise msgspec.ValidationError(f"longer than {FILE_MAX} bytes")
        return msgspec.json.decode(data, type=StandardFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed("not-a-standard-file", str(error)) from error


def replayed(file: StandardFile) -> Answer:
    """Make the answer again from the bodies in the file.

    Raises:
        MalformedRefusal: a body is not what its entry commits to (``body-differs``), or the answer
            comes out otherwise (``answer-differs``).
    """
    again = answer(file.answer.ask, records_of(_bodies(file.records)))
    if msgspec.json.encode(again, order="sorted") != msgspec.json.encode(
        file.answer, order="sorted"
    ):
        raise _malformed("answer-differs", f"the records say: {again.verdict}")
    return again


def _bodies(records: Iterable[SavedRecord]) -> Iterator[Stated[AnyRecord]]:
    for one in records:
        main = one.main.encode()
        if sha256(main).hexdigest() != one.entry[: 2 * _DIGEST]:
            raise _malformed("body-differs", f"{one.origin}/{one.idx}")
        try:
            record = decode_main(main)
        except msgspec.MsgspecError as error:
            raise _malformed("not-a-standard-file", f"{one.origin}/{one.idx}: {error}") from error
        yield Stated(Ref(one.origin, one.idx, record.id, one.entry), one.member, record)


def _malformed(code: str, why: str) -> MalformedRefusal:
    return MalformedRefusal(
        f"不是可重演的标准适用答复文件：{why}。",
        f"This is no file of an answer that can be replayed: {why}.",
        code=code,
    )
