"""Views of the read side as bodies of answers; nothing is decided here."""

from collections.abc import Iterable
from typing import Final, cast

import msgspec

from registry.api.found_schemas import CitySearchedOut, FoundOut, HitOut
from registry.api.schemas import (
    AdmittedOut,
    AdoptionOut,
    CheckOut,
    CityOut,
    CodeOut,
    CoverageOut,
    DecidedOut,
    DecisionOut,
    FindingOut,
    LogOut,
    MeasureOut,
    NameOut,
    QuarantinedOut,
    RecordDetailOut,
    RecordOut,
    RelationsOut,
    RowOut,
    RulebookOut,
    RuleOut,
    SiteOut,
    SubjectOut,
)
from registry.api.window_schemas import WindowOut
from registry.ingest.admission import Admitted
from registry.ingest.check import CheckReport, RowFindings
from registry.issued.voucher import DISCLAIMER_EN, DISCLAIMER_ZH
from registry.query.show import shown_text
from registry.query.views import (
    Coverage,
    DecisionAnswer,
    FindAnswer,
    LogView,
    RecordDetail,
    RecordView,
    Relations,
    RulebookView,
    SubjectFile,
)
from registry.rules.compiled import CompiledRule

_FINDINGS: Final = msgspec.json.Decoder(tuple[FindingOut, ...])


def coverage_out(coverage: Coverage) -> CoverageOut:
    """Coverage by city and kind."""
    return CoverageOut(
        coverage.at,
        tuple(
            CityOut(c.code, c.name, c.origin, c.size, c.as_of, c.behind_since)
            for c in coverage.cities
        ),
        coverage.kinds,
        coverage.kinds_missing,
        coverage.kinds_en,
        coverage.kinds_missing_en,
        tuple(SiteOut(name, url) for name, url in coverage.elsewhere),
    )


def found_out(answer: FindAnswer) -> FoundOut:
    """An answer to a search."""
    hits = tuple(
        HitOut(
            hit.subject_id,
            hit.name,
            hit.code,
            hit.matched,
            hit.matched_on,
            hit.former_names,
            dict(hit.cities),
            dict(hit.types),
            dict(hit.severities),
            hit.spans,
            hit.reasons,
            hit.certainty,
        )
        for hit in answer.hits
    )
    return FoundOut(
        hits,
        answer.total,
        answer.exact,
        {facet: dict(counts) for facet, counts in answer.facets.items()},
        answer.read_as,
        answer.sure,
        answer.degraded,
        answer.behind,
        tuple(
            CitySearchedOut(c.code, c.name, c.state, c.by, c.commit, c.as_of)
            for c in answer.searched
        ),
        coverage_out(answer.coverage),
    )


def record_out(view: RecordView) -> RecordOut:
    """A record as it may be shown: as signed, where all of it may be."""
    # Described as the object it is; the encoder writes a text that is one as it stands.
    record = cast("dict[str, object]", msgspec.Raw(shown_text(view)))
    place = (view.origin, view.idx, view.member, view.member_name, view.entry)
    return RecordOut(*place, view.flags, view.marks, record)


def subject_out(file: SubjectFile, answer: DecisionAnswer | None = None) -> SubjectOut:
    """A subject's file, and what applies to it where that was asked."""
    return SubjectOut(
        file.subject_id,
        file.name,
        file.kind,
        file.on,
        tuple(NameOut(n.name, n.since, n.former, n.until) for n in file.names),
        tuple(CodeOut(scheme, code) for scheme, code in file.identifiers),
        tuple(record_out(view) for view in file.records),
        coverage_out(file.coverage),
        None if answer is None else _decided_out(answer),
    )


def relations_out(relations: Relations) -> RelationsOut:
    """Who else a subject has to do with."""
    return msgspec.convert(relations, RelationsOut, from_attributes=True)


def _decided_out(answer: DecisionAnswer) -> DecidedOut:
    texts = (answer.territory_name, answer.rulebook, DISCLAIMER_ZH, DISCLAIMER_EN)
    return DecidedOut(*texts, answer.decision, answer.used)


def decision_out(answer: DecisionAnswer) -> DecisionOut:
    """A decision, never without the sentence that says what it is not."""
    return DecisionOut(
        answer.territory_name,
        answer.rulebook,
        DISCLAIMER_ZH,
        DISCLAIMER_EN,
        answer.decision,
        answer.used,
        coverage_out(answer.coverage),
    )


def detail_out(detail: RecordDetail) -> RecordDetailOut:
    """A record with its proof and its periods."""
    return RecordDetailOut(
        record_out(detail.view),
        detail.line.decode(),
        detail.proof.decode(),
        detail.checkpoint.decode(),
        detail.signed_by,
        detail.stated_at,
        tuple(msgspec.convert(one, WindowOut, from_attributes=True) for one in detail.windows),
    )


def log_out(view: LogView) -> LogOut:
    """A log."""
    return LogOut(
        view.origin,
        view.member,
        view.member_name,
        view.size,
        view.root,
        view.updated_at,
        view.quarantined,
    )


def rulebook_out(view: RulebookView | None) -> RulebookOut:
    """The rulebook in force, or an empty one where none was published."""
    if view is None:
        return RulebookOut("", "", "", "", 0, (), ())
    adoptions = tuple(
        AdoptionOut(
            one.rule,
            one.edition,
            one.member,
            one.organ,
            one.instrument,
            one.start,
            one.until,
            one.allows,
        )
        for one in view.adoptions
    )
    rules = tuple(_rule_out(rule) for rule in view.book.rules)
    return RulebookOut(
        view.edition, view.title, view.digest, view.origin, view.idx, rules, adoptions
    )


def _rule_out(rule: CompiledRule) -> RuleOut:
    uses = {use.order: use for group in rule.by_matter.values() for use in group}
    measures = tuple(
        MeasureOut(use.key, use.name, use.effect, use.matter, use.organ, use.basis.key)
        for _, use in sorted(uses.items())
    )
    text = rule.rule
    return RuleOut(
        rule.key, rule.edition, text.title, text.reads, measures, text.not_from_this_rule
    )


def admitted_out(admitted: Admitted, awaiting: tuple[str, ...] = ()) -> AdmittedOut:
    """The answer to a publisher, and for which nodes its log waits."""
    quarantined = tuple(
        QuarantinedOut(idx, _FINDINGS.decode(findings)) for idx, findings in admitted.quarantined
    )
    return AdmittedOut(
        admitted.origin,
        admitted.size,
        admitted.root.hex(),
        admitted.receipt.decode(),
        admitted.accepted,
        admitted.repeated,
        quarantined,
        admitted.quarantined_count,
        dict(admitted.warnings),
        awaiting,
    )


def check_out(report: CheckReport) -> CheckOut:
    """The result of a dry run."""
    return CheckOut(
        report.total,
        report.good,
        _rows(row for row in report.rows if not row.good),
        _rows(row for row in report.rows if row.good),
        dict(report.codes),
    )


def _rows(rows: Iterable[RowFindings]) -> tuple[RowOut, ...]:
    return tuple(
        RowOut(
            row.line,
            tuple(msgspec.convert(f, FindingOut, from_attributes=True) for f in row.findings),
        )
        for row in rows
    )
