"""A report put into the values of its format, and what is told of one that was issued."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from registry.domain.disclosure import Role
from registry.errors import GoneRefusal, NotFoundRefusal, TooLargeRefusal
from registry.issued.bundles import OLD_EN, OLD_ZH, Sealer
from registry.issued.voucher import DISCLAIMER_EN, DISCLAIMER_ZH, coverage_of, moment
from registry.issued.vouchers import new_code
from registry.query.show import member_name
from registry.query.views import Viewer
from registry.reports.content import Content, bare
from registry.reports.model import Taken, Wish
from registry.store.reports import KeptReport
from signing.encoding import beijing_text, utc_text
from signing.report import (
    Asked,
    OpenedReport,
    Proven,
    Report,
    open_report,
    seal_report,
)
from signing.voucher import Named, Words

TITLE: Final = Words("都市圈信用信息查询报告", "Credit information report of the metropolitan area")
"""Not that of the special report (专项信用报告), which only a province's platform issues."""


def written(sealer: Sealer, content: Content, viewer: Viewer, wish: Wish, now: datetime) -> Report:
    """Put a report together but for its records and how far the logs were read."""
    code, charter, told = new_code(), sealer.charter, content.told
    return Report(
        code=code,
        salt=secrets.token_hex(16),
        title=TITLE,
        region=Named(charter.region_code, charter.region_name),
        node=sealer.node,
        charter=charter.digest.hex(),
        charter_version=charter.version,
        issued=moment(now),
        taken_by=_taker(content, viewer),
        role=viewer.role.value,
        authorisations=tuple(one.place for one in viewer.authorisations),
        purpose=wish.purpose,
        asked=_asked_for(sealer, content, viewer, wish),
        known=(),
        coverage=coverage_of(content.file.coverage),
        records=(),
        book=None if told is None else told.book,
        measures=() if told is None else told.measures,
        not_applied=() if told is None else told.not_applied,
        says=() if told is None else told.says,
        check_url=check_url(sealer, code),
        statement=old_words(sealer, code, now),
        disclaimer=Words(DISCLAIMER_ZH, DISCLAIMER_EN),
    )


def check_url(sealer: Sealer, code: str) -> str:
    """Return where a report is asked about again: what its QR code says."""
    return sealer.address(f"report/check?code={code}")


def old_words(sealer: Sealer, code: str, issued_at: datetime) -> Words:
    """Return the sentence that goes with every report, and with all that is told of one."""
    at, url, region = (
        int(issued_at.timestamp()),
        check_url(sealer, code),
        sealer.charter.region_name,
    )
    return Words(
        OLD_ZH.format(at=beijing_text(at), who=f"{region}成员地区", url=url),
        OLD_EN.format(at=utc_text(at), who=f"the members of {region}", url=url),
    )


def _taker(content: Content, viewer: Viewer) -> Named:
    """Return who takes a report: the subject by its first code, or whom it has authorised."""
    if viewer.role is Role.THIRD_PARTY:
        return Named(viewer.party, viewer.authorisations[0].name)
    codes = [code for _, code in content.file.identifiers] or [content.file.subject_id]
    return Named(codes[0], content.file.name)


def _asked_for(sealer: Sealer, content: Content, viewer: Viewer, wish: Wish) -> Asked:
    file, place = content.file, wish.territory
    given = frozenset[str]().union(*(one.sections for one in viewer.authorisations))
    return Asked(
        subject=file.subject_id,
        name=file.name,
        codes=file.identifiers,
        since=wish.since,
        until=wish.until,
        sections=wish.sections,
        types=tuple(sorted(given)) if viewer.role is Role.THIRD_PARTY else None,
        territory=Named(place, member_name(sealer.charter, place)) if place else None,
        matter=wish.matter,
    )


def sealed(report: Report, proven: Sequence[Proven], by: Sealer) -> tuple[bytes, OpenedReport]:
    """Return the signed file of a report, verified as whoever gets it will verify it."""
    file = seal_report(report, proven, by.mirror)
    return file, open_report(file, by.charter)


def taken_of(report: Report) -> Taken:
    """Return what the subject is told of a report about it."""
    asked, by = report.asked, report.taken_by
    days = (asked.since, asked.until)
    return Taken(report.role, by.code, by.name, report.purpose, *days, asked.sections)


def asked_by(kept: KeptReport) -> Taken | None:
    """Return who took a report; None where its time is over."""
    return msgspec.json.decode(kept.asked, type=Taken) if kept.asked else None


def tells(said: Report) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Return what a report says, as :meth:`Content.tells` has it."""
    return tuple(map(bare, said.records)), said.measures


def unknown() -> NotFoundRefusal:
    """Return the one answer for a code of nobody, a mistyped one, and a report of others."""
    return NotFoundRefusal(
        "本节点没有出具过此编号的报告，或您不能取得；请核对编号，应为 16 位数字和字母。",
        "This node issued no report with this code, or it is not yours: 16 digits and letters.",
        code="unknown-report",
    )


def gone() -> GoneRefusal:
    """Return the one answer for a report that is not handed out any more: nobody learns why."""
    return GoneRefusal(GoneRefusal.title_zh, GoneRefusal.title_en)


def too_large(most: int) -> TooLargeRefusal:
    """Return the refusal of more than one report can hold."""
    return TooLargeRefusal(
        f"一份报告最多列示 {most} 条信用信息（连同证明 3 MiB），请缩短时间范围或减少栏目。",
        f"A report holds at most {most} records (3 MiB with proofs): shorten the time or leave out "
        "sections.",
        code="report-too-large",
    )
