"""A report in words, for page and PDF alike: who took it, what was asked, sections, coverage."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registry.issued.vouchers import grouped
from registry.pages.texts import Lang, text
from registry.pages.voucher_lines import (
    MeasureLine,
    Row,
    coverage_rows,
    measure_line,
    rests_on,
    says_lines,
    stale_words,
)
from registry.pages.words import day, joined, report_period, report_sections, report_taker, word
from registry.pages.words import moment as minute
from registry.reports.sections import SECTIONS, UNTRUSTWORTHY, kinds_of
from signing.report import Asked, Listed, Report

COLUMNS: Final = ("on", "what", "content", "authority", "published", "place")
"""Of the table of records, in the order of `RecordLine`."""
_CLASSED: Final = frozenset({"penalty", "list_entry"})
"""Types of record that are untrustworthy information, as far as they have a class."""


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record in one row of a table; ``place`` is its position, ``<origin>/<index>``."""

    on: str
    what: str
    content: str
    authority: str
    published: str
    place: str


@dataclass(frozen=True, slots=True)
class SectionLines:
    """A section; ``note`` says what it does not hold, or that nothing was found in it."""

    name: str
    records: tuple[RecordLine, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ReportLines:
    """All that stands on a report, in the language of the page."""

    title: str
    issue: tuple[Row, ...]
    asked: tuple[Row, ...]
    nothing: str
    sections: tuple[SectionLines, ...]
    measured: bool
    measures: tuple[MeasureLine, ...]
    says: tuple[str, ...]
    coverage: tuple[Row, ...]
    stale: str
    rests_on: tuple[Row, ...]
    statement: str
    disclaimer: str


def report_lines(lang: Lang, said: Report, digest: str) -> ReportLines:
    """Put a report into words."""
    zh = lang == "zh"
    return ReportLines(
        title=said.title.zh if zh else said.title.en,
        issue=_issue(lang, said, digest),
        asked=asked_rows(lang, said.asked, said.authorisations),
        nothing=_nothing(lang, said),
        sections=tuple(_section(lang, said, name) for name in said.asked.sections),
        measured=said.asked.territory is not None,
        measures=tuple(measure_line(lang, one) for one in said.measures),
        says=says_lines(said),
        coverage=coverage_rows(lang, said.coverage),
        stale=stale_words(lang, said.coverage),
        rests_on=rests_on(lang, said),
        statement=said.statement.zh if zh else said.statement.en,
        disclaimer=said.disclaimer.zh if zh else said.disclaimer.en,
    )


def _issue(lang: Lang, said: Report, digest: str) -> tuple[Row, ...]:
    by = said.taken_by
    role = report_taker(lang, said.role)
    return (
        (text(lang, "report.code"), grouped(said.code)),
        (text(lang, "report.taken-by"), f"{by.name}（{role}，{by.code}）"),
        (text(lang, "voucher.purpose"), said.purpose),
        (text(lang, "voucher.issued-at"), minute(lang, datetime.fromisoformat(said.issued))),
        (text(lang, "voucher.node"), f"{said.region.name}　{said.node}"),
        (text(lang, "report.digest"), digest),
    )


def asked_rows(lang: Lang, asked: Asked, places: tuple[str, ...] = ()) -> tuple[Row, ...]:
    """Return what a report was asked for; ``places`` are those of the authorisations."""
    codes = joined(lang, [f"{word(lang, 'scheme', scheme)} {code}" for scheme, code in asked.codes])
    left_out = [name for name in SECTIONS if name not in asked.sections]
    rows = [
        (text(lang, "voucher.subject"), f"{asked.name}（{codes}）" if codes else asked.name),
        (text(lang, "report.period"), report_period(lang, asked.since, asked.until)),
        (text(lang, "report.sections"), report_sections(lang, asked.sections)),
    ]
    if left_out:
        rows.append((text(lang, "report.left-out"), report_sections(lang, left_out)))
    if asked.types is not None:
        kinds = joined(lang, [word(lang, "type", one) for one in asked.types])
        rows.append((text(lang, "report.types"), kinds))
        rows.append((text(lang, "report.authorised"), joined(lang, places)))
    if asked.territory is not None:
        matter = word(lang, "matter", asked.matter) if asked.matter else ""
        where = [asked.territory.name, matter or text(lang, "subject.all-matters")]
        rows.append((text(lang, "report.measures"), joined(lang, where)))
    return tuple(rows)


def _nothing(lang: Lang, said: Report) -> str:
    """Return the sentence for a report that has looked everywhere and holds nothing of the kind."""
    asked = said.asked
    everywhere = set(asked.sections) >= UNTRUSTWORTHY
    if asked.types is not None and not set(asked.types) >= _CLASSED:
        everywhere = False
    if not everywhere or any(one.severity for one in said.records):
        return ""
    found = text(lang, "nothing-found", at=minute(lang, datetime.fromisoformat(said.issued)))
    whole = f"{found}。" if lang == "zh" else f"{found}."
    narrowed = asked.since or asked.until or asked.types is not None
    return f"{whole}{text(lang, 'report.as-asked')}" if narrowed else whole


def _section(lang: Lang, said: Report, name: str) -> SectionLines:
    records = tuple(_record(lang, one) for one in said.records if one.section == name)
    covered = {kind.zh for kind in said.coverage.kinds}
    kinds = kinds_of(name)
    outside = bool(kinds) and kinds.isdisjoint(covered)
    none = text(lang, "report.not-covered" if outside else "report.none")
    notes = [] if records else [none]
    if name == "anomaly" and records:
        said_so = text(lang, "anomaly.not-serious").capitalize()
        notes.append(f"{said_so}。" if lang == "zh" else f"{said_so}.")
    if name == "judicial":
        notes.append(text(lang, "report.judicial"))
    return SectionLines(text(lang, f"report.section-{name}"), records, "".join(notes))


def _record(lang: Lang, one: Listed) -> RecordLine:
    number = "" if one.headline.startswith(one.decision_no) else one.decision_no
    return RecordLine(
        on=day(lang, one.decided_on),
        what="".join((word(lang, "type", one.type), _class(lang, one))),
        content=joined(lang, [part for part in (number, one.headline) if part]) or "—",
        authority=f"{one.authority}（{one.member}）",
        published=_published(lang, one),
        place=f"{one.origin}/{one.idx}",
    )


def _class(lang: Lang, one: Listed) -> str:
    """Return the class as its organ has set it: the platform sets none."""
    if not one.severity:
        return ""
    if one.severity == "unclassified":
        return f"（{text(lang, 'report.unclassified')}）"
    name = word(lang, "severity", one.severity)
    by = text(lang, "report.classed-by", organ=one.classed_by) if one.classed_by else ""
    return f"（{name}{by}）"


def _published(lang: Lang, one: Listed) -> str:
    """Return for how long it is published, to whom it is shown otherwise, and what marks it."""
    parts = [word(lang, "mark", mark) for mark in one.marks]
    if one.publication != "public":
        parts.insert(0, word(lang, "publication", one.publication))
    elif one.published_from is not None:
        start = day(lang, one.published_from)
        if one.published_until is None:
            parts.insert(0, text(lang, "report.published-open", start=start))
        else:
            end = day(lang, one.published_until)
            parts.insert(0, text(lang, "report.published", start=start, end=end))
    return joined(lang, parts) or "—"
