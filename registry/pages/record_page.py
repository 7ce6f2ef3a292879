"""One record: its fields, where it comes from, who set its class, and how to verify it offline."""

from base64 import b64encode
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, SkipValidation
from msgspec import UNSET

from registry.access.reads import LOOKS_AT_WAYS
from registry.clock import Clock, today
from registry.domain.records import AnyRecord, Penalty
from registry.domain.subjects import identity
from registry.errors import GoneRefusal
from registry.issued.bundles import SUFFIX, Bundles, may_be_taken
from registry.ledger.quorum import seen_by
from registry.pages.fields import headline, marks_of, notes, rows, type_of
from registry.pages.frame import Frame, ReadsDep
from registry.pages.periods import periods
from registry.pages.quorum import quorum_words
from registry.pages.words import day, joined, moment, word
from registry.query.show import PERSONS_WITHHELD
from registry.query.views import RecordDetail
from registry.standards.access_model import Demand
from signing.checkpoint import parse_checkpoint
from signing.note import parse_note
from signing.proof import parse_proof

Index = Annotated[int, PathParameter(ge=0, le=2**53 - 1)]
FrameDep = NamedDependency[SkipValidation[Frame]]
ClockDep = NamedDependency[SkipValidation[Clock]]


@get("/record/{host:str}/{segment:str}/{idx:int}", include_in_schema=False)
async def record(
    host: FromPath[str],
    segment: FromPath[str],
    idx: Index,
    frame: FrameDep,
    reads: ReadsDep,
    clock: ClockDep,
) -> Response[str]:
    """The record page."""
    detail = await reads.record(f"{host}/{segment}", idx, today(clock))
    said = _said(frame, detail, await reads.permit(detail))
    return frame.page("record.html", **said, **_proven(frame, detail))


@get("/record/{host:str}/{segment:str}/{idx:int}/{name:str}", include_in_schema=False)
async def download(  # noqa: PLR0913 - what reads, what seals, and the place
    *,
    host: FromPath[str],
    segment: FromPath[str],
    idx: Index,
    name: FromPath[str],
    reads: ReadsDep,
    clock: ClockDep,
    bundles: NamedDependency[SkipValidation[Bundles]],
) -> Response[bytes]:
    """The record line, its proof or both in one, as files for ``python -m signing verify``."""
    detail = await reads.record(f"{host}/{segment}", idx, today(clock))
    if name == f"{segment}-{idx}{SUFFIX}":
        body, media_type = bundles.seal(detail, reads.asker.grant.role), "text/plain"
    else:
        files = {
            f"{segment}-{idx}.record": (detail.line, "application/octet-stream"),
            f"{segment}-{idx}.tlog-proof": (detail.proof, "text/plain"),
        }
        body, media_type = files.get(name, (b"", ""))
    if not body:
        raise GoneRefusal(GoneRefusal.title_zh, GoneRefusal.title_en)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=media_type, headers=headers)


def _said(frame: Frame, detail: RecordDetail, permit: Demand | None) -> dict[str, object]:
    view, lang = detail.view, frame.lang
    withheld = PERSONS_WITHHELD in view.flags
    remarks: tuple[str, ...] = (frame.t("record.persons"),) if withheld else ()
    if permit is not None and permit.listed != "outside":
        remarks += (permit.zh if lang == "zh" else permit.en,)
    return {
        "title": headline(frame, view.record),
        "number": frame.t("record.no", member=view.member_name, idx=view.idx),
        "subject": view.record.subject.name,
        "kind": word(lang, "type", type_of(view.record)),
        "subject_link": _subject_link(frame, detail),
        "objection_link": _subject_link(frame, detail, "/objection"),
        "way_link": _way_link(frame, detail),
        "comparison_link": _comparison_link(frame, detail),
        "classed": _classed(frame, view.record),
        "class_rule": _given(view.record.severity.rule),
        "provenance": _provenance(frame, view.record),
        "fields": rows(frame, view.record),
        "notes": (*marks_of(frame, view), *notes(frame, view.record), *remarks),
        "periods": periods(frame, detail.windows),
        "flags": joined(
            lang, [word(lang, "flag", flag) for flag in view.flags if flag != PERSONS_WITHHELD]
        ),
        "signature": _signature(frame, detail),
        "old_proof": frame.t(
            "proof.old",
            at=moment(lang, detail.stated_at),
            who=detail.signed_by,
            url=f"{frame.site.public_url}/record/{view.origin}/{view.idx}",
        ),
    }


def _way_link(frame: Frame, detail: RecordDetail) -> str:
    """Where whoever may sees how far a record has come that leads to measures elsewhere."""
    view = detail.view
    leads = type_of(view.record) in {"list_entry", "penalty"}
    if not leads or frame.asker.grant.role not in LOOKS_AT_WAYS:
        return ""
    return frame.url(f"/propagation/{view.origin}/{view.idx}")


def _comparison_link(frame: Frame, detail: RecordDetail) -> str:
    """Where two standards that were compared stand side by side."""
    view = detail.view
    compares = type_of(view.record) == "standard_comparison"
    return frame.url(f"/comparison/{view.origin}/{view.idx}") if compares else ""


def _proven(frame: Frame, detail: RecordDetail) -> dict[str, object]:
    view, proof = detail.view, parse_proof(detail.proof)
    checkpoint = parse_checkpoint(parse_note(proof.checkpoint_note).text)
    base = f"/record/{view.origin}/{view.idx}"
    stem = f"{view.origin.partition('/')[2]}-{view.idx}"
    charter = frame.site.charter
    quorum = None if charter is None else seen_by(charter, proof.checkpoint_note)
    return {
        **quorum_words(frame, quorum),
        "downloads": {
            "bundle": f"{base}/{stem}{SUFFIX}" if may_be_taken(detail) else "",
            "line": f"{base}/{stem}.record" if detail.line else "",
            "proof": f"{base}/{stem}.tlog-proof",
        },
        # A browser gives text without an ending one of its own, whatever the link says.
        "command": f"python -m signing verify {stem}.tlog-proof --charter charter.txt",
        "origin": view.origin,
        "log_link": frame.url(f"/log/{view.origin}"),
        "idx": view.idx,
        "size": checkpoint.size,
        "root": b64encode(checkpoint.root).decode(),
        "entry": view.entry,
        "path": [b64encode(item).decode() for item in proof.hashes],
        "checkpoint": detail.checkpoint.decode(),
    }


def _subject_link(frame: Frame, detail: RecordDetail, page: str = "") -> str:
    view = detail.view
    if view.record.subject.kind == "natural_person":
        return ""
    who = identity(view.record.subject, view.origin, view.record.id, None)
    if who.scheme == "record" and view.record.subject.kind != "organisation":
        return ""  # known by a document, if at all: nothing leads there
    subject_id = who.subject_id.hex()
    return frame.url(page, subject=subject_id) if page else frame.url(f"/subject/{subject_id}")


def _classed(frame: Frame, record: AnyRecord) -> str:
    """The class and who set it; that a penalty has none yet; nothing for permits and honours."""
    if record.severity.level == "unclassified":
        return frame.t("record.class-none") if isinstance(record, Penalty) else ""
    level = word(frame.lang, "severity", record.severity.level)
    organ = _given(record.severity.organ)
    return frame.t("record.class-by", level=level, organ=organ) if organ else level


def _provenance(frame: Frame, record: AnyRecord) -> str:
    stated = record.provenance
    if stated.kind == "original":
        return frame.t("record.original")
    checked = "—" if stated.checked_on is UNSET else day(frame.lang, stated.checked_on)
    return frame.t("record.relayed", source=_given(stated.source) or "—", on=checked)


def _signature(frame: Frame, detail: RecordDetail) -> str:
    at = moment(frame.lang, detail.stated_at)
    verified = frame.t("signature.verified", who=detail.signed_by, at=at)
    later = frame.t("signature.not-current")
    return f"{verified}；{later}。" if frame.lang == "zh" else f"{verified}; {later}."


def _given(value: object) -> str:
    return "" if value is UNSET else str(value)
