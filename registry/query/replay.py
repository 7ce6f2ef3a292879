"""A saved decision made again from its file alone: the same bytes, or what does not match, by name.

Pure: no store, no network, no clock. What is told is never what the file says about anybody.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

import msgspec

from registry.domain.records import decode_main
from registry.errors import Refusal
from registry.query.decision_file import DecisionFile, SavedRecord, digest_of_decision
from registry.query.facts import fact_of
from registry.query.inputs import LOG, TABLES, digest_of, records_digest, refs_of
from registry.query.weigh import NO_BOOK
from registry.rules.compile import compile_book
from registry.rules.compiled import CompiledBook
from registry.rules.defects import RuleBookError
from registry.rules.load import load_book
from registry.rules.model import AdoptionIndex, Decision, Fact
from registry.rules.until import decide_until
from registry.store.logs import log_id_of
from registry.store.reading_files import Stated
from registry.store.reading_records import RecordRow
from signing.charter import Charter
from signing.errors import SigningError
from signing.proof import verify_proof

_MAIN: Final = 64
"""Hex digits of an entry that are the digest of its main part."""


class DiffersRefusal(Refusal):
    """Something in the file is not what the answer says it rests on; ``what`` names it."""

    code = "replay-differs"
    title_zh = "与决定所载不符"
    title_en = "Not what the decision says"

    def __init__(self, what: str, zh: str, en: str) -> None:
        """Take what does not match, and both texts."""
        super().__init__(f"{zh}（{what}）。", f"{en} ({what}).", code=f"differs:{what}")
        self.what = what


class NotReproducibleRefusal(Refusal):
    """A record that the decision rests on was erased by law; ``place`` is all that is told."""

    code = "not-reproducible"
    title_zh = "无法重演"
    title_en = "Not reproducible"

    def __init__(self, place: str) -> None:
        """Take the place: origin, slash, index."""
        super().__init__(f"not-reproducible: {place}", "a record was erased by law")
        self.place = place


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was reproduced: the decision by its digest, from how many records, how many proven."""

    digest: str
    edition: str
    records: int
    proven: int


def replay(file: DecisionFile, charter: Charter | None = None) -> Replayed:
    """Decide again from a file, and check all in it that its inputs name.

    With a charter the proofs are verified too: that each record stands where it is said to.

    Raises:
        NotReproducibleRefusal: a body was erased when the answer was given.
        DiffersRefusal: something in the file was altered, or this software decides otherwise.
    """
    if file.erased:
        raise NotReproducibleRefusal(file.erased[0])
    book = _book(file)
    _names(file)
    _records(file)
    proven = 0 if charter is None else _proven(file, charter)
    again = _again(file, book)
    if again != file.decision:
        raise _otherwise(file)
    edition = "" if file.book is None else file.book.edition
    return Replayed(digest_of_decision(again), edition, len(file.facts), proven)


def _again(file: DecisionFile, book: CompiledBook | None) -> Decision:
    ask, inputs = file.decision.ask, file.decision.inputs
    if book is None:
        return Decision(ask, (), (), (NO_BOOK,), inputs)
    return decide_until(book, file.adoptions, file.facts, ask, file.places, inputs)


def _otherwise(file: DecisionFile, place: str = "") -> DiffersRefusal:
    """Say that it does not come out, and which parts of this software are others.

    ``place`` is that of a record whose fact is another: altered, where this software is the same.
    """
    inputs = file.decision.inputs
    other = [name for name, digest in TABLES.items() if inputs.get(name) != digest]
    if not other and place:
        return _altered(place)
    if not other:
        return DiffersRefusal(
            "decision", "按所载规则和信息重演，结果不同", "the same inputs lead to another"
        )
    named = ", ".join(other)
    return DiffersRefusal(
        named,
        "决定由另一版本的软件或代码表作出，请用该版本重演",
        "it was made with another edition of these: replay it with that one",
    )


def _book(file: DecisionFile) -> CompiledBook | None:
    """Compile the book in the file; it and the adoptions must be those that the inputs name."""
    inputs = file.decision.inputs
    if file.book is None:
        _same("rulebook", "rulebook" not in inputs and not file.adoptions)
        return None
    try:
        book = compile_book(load_book(file.book.files))
    except RuleBookError as error:
        raise DiffersRefusal(
            "rulebook", "规则汇编无法读取", "the rulebook cannot be read"
        ) from error
    _same("rulebook", inputs.get("rulebook") == book.digest)
    _same("rulebook", inputs.get("rulebook-record") == f"{file.book.origin}/{file.book.idx}")
    _same("adoptions", inputs.get("adoptions") == AdoptionIndex(file.adoptions).digest)
    return book


def _names(file: DecisionFile) -> None:
    inputs, asker = file.decision.inputs, file.asker
    named = (inputs.get("role"), inputs.get("member", ""), inputs.get("own", ""))
    _same("asker", named == (asker.role, asker.member, asker.subject))
    _same("subjects", inputs.get("subjects") == digest_of(file.subjects))
    _same("territories", inputs.get("territories") == digest_of(file.places))


def _records(file: DecisionFile) -> None:
    """Check that the facts stand where the inputs say, and say what the records say."""
    inputs = file.decision.inputs
    _same("records", inputs.get("records") == records_digest(refs_of(file.facts)))
    places = [(fact.ref.origin, fact.ref.idx, fact.ref.entry) for fact in file.facts]
    _same("records", places == [(one.origin, one.idx, one.entry) for one in file.records])
    for fact, record in zip(file.facts, file.records, strict=True):
        place = f"{record.origin}/{record.idx}"
        size, _, _ = inputs.get(f"{LOG}{record.origin}", "0").partition(":")
        _same(place, size.isdecimal() and record.idx < int(size))
        if record.main:
            digest = sha256(record.main.encode()).hexdigest()
            _same(place, digest == record.entry[:_MAIN])
            if fact != _restated(fact, record, file.decision.ask.on):
                raise _otherwise(file, place)


def _restated(fact: Fact, record: SavedRecord, on: date) -> Fact | None:
    """Return the fact as the record states it; only what others than itself say is taken over.

    The home of the subject follows from all its records, what became of an objection from its
    outcome, and until when it is shown from who asked. Publicity is by the law of the day ``on``.
    """
    main = record.main.encode()
    try:
        stated = decode_main(main)
    except msgspec.ValidationError:
        return None
    row = RecordRow(
        subject_id=b"",
        log_id=log_id_of(record.origin),
        idx=record.idx,
        type=str(stated.__struct_config__.tag),
        record_id=stated.id,
        decided_on=stated.decided_on,
        list_code="",
        target_log=None,
        target_id=None,
        competent=True,
        flags=(),
    )
    one = Stated(
        row,
        record.origin,
        fact.member,
        stated,
        main,
        bytes.fromhex(record.entry),
        has_restricted=False,
    )
    again = fact_of(one, fact.subject_id, fact.home, on)
    again = msgspec.structs.replace(again, shown_until=fact.shown_until)
    if row.type != "objection":
        return again
    return msgspec.structs.replace(
        again,
        type=fact.type,
        start=fact.start,
        until=fact.until,
        effective_on=fact.effective_on,
    )


def _proven(file: DecisionFile, charter: Charter) -> int:
    """Verify every proof there is; return how many."""
    _same("charter", file.decision.inputs.get("charter") == charter.digest.hex())
    return sum(1 for record in file.records if record.proof and _verified(record, charter, file))


def _verified(record: SavedRecord, charter: Charter, file: DecisionFile) -> bool:
    """Verify a proof: signed by the log, cosigned by a mirror, and no other root than that known.

    The checkpoint may be a later one than the known set; a log only grows.
    """
    place = f"{record.origin}/{record.idx}"
    data, entry = record.proof.encode(), bytes.fromhex(record.entry)
    try:
        keys = [window.key for window in charter.party(record.origin).keys]
        cosigners = (*keys[1:], *charter.mirror_keys)
        proven = verify_proof(data, entry, keys[0], cosigners)
    except SigningError as error:
        raise DiffersRefusal(place, f"证明无效（{error.zh}）", f"{error}") from error
    known, checkpoint = file.decision.inputs[f"{LOG}{record.origin}"], proven.checkpoint
    size, _, root = known.partition(":")
    _same(place, (checkpoint.origin, proven.index) == (record.origin, record.idx))
    _same(place, any(charter.counts(one.key, one.time) for one in proven.cosignatures))
    same_size = checkpoint.size == int(size)
    _same(f"{LOG}{record.origin}", checkpoint.size >= int(size))
    _same(f"{LOG}{record.origin}", not same_size or checkpoint.root.hex() == root)
    return True


def _same(what: str, same: bool) -> None:  # noqa: FBT001 - private
    if not same:
        raise _altered(what)


def _altered(what: str) -> DiffersRefusal:
    return DiffersRefusal(
        what, "与决定所载的依据不符，文件已被改动", "not what the decision names: altered"
    )
