"""A voucher in words, for page and PDF alike: labels and values, findings, coverage, digests."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry.issued.vouchers import grouped
from registry.pages.texts import Lang, text
from registry.pages.words import day, joined, word
from registry.pages.words import moment as minute
from signing.report import Report
from signing.voucher import City, Coverage, Measure, Shown, Voucher, Words

Row = tuple[str, str]
COLUMNS = ("on", "what", "headline", "authority", "place")
"""Of the table of records, in the order of `RecordLine`."""
SERIOUS_ENOUGH = frozenset({"minor", "general", "serious"})


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record in one row of a table."""

    on: str
    what: str
    headline: str
    authority: str
    place: str


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A measure: its name and force for the eye, and the sentence that says all."""

    name: str
    effect: str
    force: str
    sentence: str
    until: str
    suspended: bool


class Ending(Protocol):
    """What a voucher and a report end with: the reach of the answer, and what it rests on."""

    @property
    def coverage(self) -> tuple[Row, ...]:
        """Give what was and was not looked at."""

    @property
    def stale(self) -> str:
        """Say whose records are behind; '' where none are."""

    @property
    def rests_on(self) -> tuple[Row, ...]:
        """Give the digests and positions."""


@dataclass(frozen=True, slots=True)
class VoucherLines:
    """All that stands on a voucher, in the language of the page."""

    title: str
    issue: tuple[Row, ...]
    asked: tuple[Row, ...]
    records: tuple[RecordLine, ...]
    records_note: str
    measures: tuple[MeasureLine, ...]
    says: tuple[str, ...]
    coverage: tuple[Row, ...]
    stale: str
    rests_on: tuple[Row, ...]
    statement: str
    disclaimer: str


def voucher_lines(lang: Lang, said: Voucher, digest: str) -> VoucherLines:
    """Put a voucher, or what may still be shown of one, into words."""

    def t(key: str, /, **values: object) -> str:
        return text(lang, key, **values)

    asked = said.question
    codes = joined(lang, [f"{word(lang, 'scheme', scheme)} {code}" for scheme, code in asked.codes])
    matter = word(lang, "matter", asked.matter) if asked.matter else t("subject.all-matters")
    listed, total = len(said.records), said.records_total
    return VoucherLines(
        title=t("voucher.full-title", region=said.region.name),
        issue=(
            (t("voucher.code"), grouped(said.code)),
            (t("voucher.asked-by"), said.asked_by),
            (t("voucher.purpose"), said.purpose),
            (t("voucher.issued-at"), _moment(lang, said.issued)),
            (t("voucher.node"), said.node),
            (t("voucher.digest"), digest),
        ),
        asked=(
            (t("voucher.subject"), f"{asked.name}（{codes}）" if codes else asked.name),
            (t("subject.territory"), asked.territory.name),
            (t("subject.matter"), matter),
            (t("subject.on"), day(lang, asked.on)),
        ),
        records=tuple(_record(lang, one) for one in said.records),
        records_note="" if listed == total else t("voucher.listed-of", total=total, count=listed),
        measures=tuple(measure_line(lang, one) for one in said.measures),
        says=says_lines(said),
        coverage=coverage_rows(lang, said.coverage),
        stale=stale_words(lang, said.coverage),
        rests_on=(*rests_on(lang, said), *_decision(lang, said)),
        statement=said.statement.zh if lang == "zh" else said.statement.en,
        disclaimer=said.disclaimer.zh if lang == "zh" else said.disclaimer.en,
    )


def nothing_found(lang: Lang, said: Voucher) -> str:
    """Return the sentence for a whole result without untrustworthy records, else ''."""
    if any(record.severity in SERIOUS_ENOUGH for record in said.records):
        return ""
    found = text(lang, "nothing-found", at=_moment(lang, said.issued))
    return f"{found}。" if lang == "zh" else f"{found}."


def says_lines(said: Voucher | Report) -> tuple[str, ...]:
    """Return what does not apply and what else is to be said, a sentence each."""
    lines = (*said.not_applied, *said.says)
    return tuple(line if line.endswith("。") else f"{line}。" for line in lines)


def _record(lang: Lang, one: Shown) -> RecordLine:
    classed = word(lang, "severity", one.severity) if one.severity in SERIOUS_ENOUGH else ""
    kind = word(lang, "type", one.type)
    return RecordLine(
        on=day(lang, one.decided_on),
        what=f"{kind}（{classed}）" if classed else kind,
        headline=one.headline or "—",
        authority=f"{one.authority}（{one.member}）",
        place=f"{one.origin}/{one.idx}",
    )


def measure_line(lang: Lang, one: Measure) -> MeasureLine:
    """Put a measure into words."""
    return MeasureLine(
        name=one.name,
        effect=one.effect,
        force=text(lang, f"effect.{one.effect}-long"),
        sentence=one.sentence,
        until=text(lang, "measure.until-lifted")
        if one.last_day is None
        else day(lang, one.last_day),
        suspended=one.state == "suspended",
    )


def coverage_rows(lang: Lang, cover: Coverage) -> tuple[Row, ...]:
    """Return what an answer spans, by city and by kind, and where else to look."""
    cities = joined(lang, [f"{city.name}（{_as_of(lang, city)}）" for city in cover.cities])
    sites = joined(lang, [f"{site.name} {site.url}" for site in cover.elsewhere])
    return (
        (text(lang, "coverage.cities"), cities),
        (text(lang, "coverage.kinds"), _kinds(lang, cover.kinds)),
        (text(lang, "coverage.missing"), _kinds(lang, cover.kinds_missing)),
        (text(lang, "coverage.elsewhere"), sites),
    )


def _kinds(lang: Lang, kinds: Iterable[Words]) -> str:
    names = [kind.zh if lang == "zh" else kind.en for kind in kinds]
    return joined(lang, names) or text(lang, "coverage.none")


def _as_of(lang: Lang, city: City) -> str:
    return text(lang, "coverage.never") if city.as_of is None else _moment(lang, city.as_of)


def stale_words(lang: Lang, cover: Coverage) -> str:
    """Name the cities that did not answer, or not lately; '' where there is none."""
    return "".join(_stale(lang, city) for city in cover.cities)


def _stale(lang: Lang, city: City) -> str:
    if city.as_of is None:
        return text(lang, "subject.silent", city=city.name)
    if city.stale:
        return text(lang, "subject.stale", city=city.name, at=_moment(lang, city.as_of))
    return ""


def rests_on(lang: Lang, said: Voucher | Report) -> tuple[Row, ...]:
    """Return what a verifier needs to compute the answer again."""
    version, digest = said.charter_version, said.charter
    rows = [
        (
            text(lang, "voucher.charter"),
            text(lang, "voucher.charter-version", version=version, digest=digest),
        )
    ]
    if said.book is not None:
        rows.append((text(lang, "voucher.book"), f"{said.book.edition}，{said.book.digest}"))
        rows.append((text(lang, "voucher.adoptions"), said.book.adoptions))
    rows += [
        (log.origin, text(lang, "voucher.log", size=f"{log.size:,}", root=log.root))
        for log in said.known
    ]
    return tuple(rows)


def _decision(lang: Lang, said: Voucher) -> tuple[Row, ...]:
    """Return the digest of what applies; left out where findings may not be shown any more."""
    return ((text(lang, "voucher.decision"), said.decision),) if said.decision else ()


def _moment(lang: Lang, stated: str) -> str:
    return minute(lang, datetime.fromisoformat(stated))
