"""Runs, differences and what is said of a row, in words."""

from collections.abc import Mapping
from typing import Final

import msgspec

from registry.clock import SHANGHAI
from registry.domain.calendar import working_days_between
from registry.domain.clock_book import BOOK
from registry.pages.frame import Frame
from registry.pages.words import day, joined, moment
from registry.reconciling.desk import Deed, KeptRun, Shown
from registry.reconciling.model import KINDS, Problem, Said
from registry.reconciling.reasons import REASONS, Reason

_ACTED_ON: Final = frozenset({"ended-there", "ended-here", "missing-there", "twice-there"})
"""Kinds for which the page offers to prepare records, or a list to be sent."""


def counts_of(run: KeptRun) -> dict[str, int]:
    """Return how many differences of each kind a run has found."""
    return msgspec.json.decode(run.counts, type=dict[str, int])


def run_line(frame: Frame, run: KeptRun) -> dict[str, object]:
    """Return a run in words: when, of which file, against what, and what it found."""
    counts = counts_of(run)
    total = sum(counts.values())
    compared = {"lines": run.lines, "ours": run.ours, "apart": run.apart, "found": total}
    done = run.state == "done"
    said = frame.t("reconcile.compared" if done else f"reconcile.state-{run.state}", **compared)
    return {
        "file": run.file or frame.t("workbench.unnamed"),
        "at": moment(frame.lang, run.made_at),
        "who": run.made_by,
        "said": said,
        "wrong": run.wrong_zh if frame.lang == "zh" else run.wrong_en,
        "digest": run.digest.hex(),
        "known": frame.t("reconcile.known", size=run.size, root=run.root.hex())
        if run.root is not None
        else "",
        "link": frame.url(f"/reconcile/{run.id}"),
    }


def kinds_of(
    frame: Frame, run: KeptRun, done: Mapping[str, int], chosen: str
) -> list[dict[str, object]]:
    """Return the kinds of difference that a run has found, with how many and how far they are."""
    counts = counts_of(run)
    return [
        {
            "kind": kind,
            "name": frame.t(f"reconcile.kind-{kind}"),
            "what": frame.t(f"reconcile.what-{kind}"),
            "count": counts[kind],
            "left": counts[kind] - done.get(kind, 0) if kind in _ACTED_ON else 0,
            "chosen": kind == chosen,
            "link": frame.url(f"/reconcile/{run.id}", kind=kind),
        }
        for kind in KINDS
        if counts.get(kind)
    ]


def difference_line(frame: Frame, run: KeptRun, shown: Shown) -> dict[str, object]:
    """Return a difference in words: about which record, how the sides say it, what was done."""
    one = shown.one
    code, number, organ = shown.named
    origin = next(o for o, member in frame.site.origins.items() if member == run.member)
    return {
        "number": one.number,
        "kind": one.kind,
        "name": frame.t(f"reconcile.kind-{one.kind}"),
        "line": one.line,
        "sheet": shown.said.sheet,
        "subject": shown.record.subject.name if shown.record else "",
        "about": joined(frame.lang, [text for text in (code, number, organ) if text]),
        "gone": one.idx is not None and shown.record is None,
        "said": _problem(frame, shown.problem) if shown.problem else _both(frame, shown),
        "record": "" if one.idx is None else frame.url(f"/record/{origin}/{one.idx}"),
        "holder": frame.site.name_of(one.holder) if one.holder else "",
        "due": _due(frame, shown),
        "done": _done(frame, shown.done) if shown.done else "",
        "submission": frame.url(f"/workbench/{shown.done.said}")
        if shown.done and shown.done.what == "drafted"
        else "",
    }


def _both(frame: Frame, shown: Shown) -> str:
    """Return what the national side says, and in what it differs from here."""
    said, lang = shown.said, frame.lang
    parts = []
    if said.state:
        since = "" if said.since is None else day(lang, said.since)
        state = frame.t(f"reconcile.there-{said.state}")
        parts.append(frame.t("reconcile.there", state=state, since=since).strip())
    parts += [_differs(frame, column, said) for column in shown.one.columns]
    return joined(lang, parts)


def _differs(frame: Frame, column: str, said: Said) -> str:
    """Return one thing that differs, with what the national side says of it."""
    name = frame.t(f"reconcile.column-{column}")
    theirs = {
        "organ": said.organ,
        "class": frame.t(f"severity.{said.severity}") if said.severity else "",
        "decided_on": day(frame.lang, said.decided_on) if said.decided_on else "",
        "until": day(frame.lang, said.until) if said.until else "",
        "since": day(frame.lang, said.since) if said.since else "",
    }.get(column, "")
    return f"{name}{frame.t('colon')}{theirs}" if theirs else name


def _problem(frame: Frame, problem: Problem) -> str:
    """Return what is wrong with a row that cannot be compared."""
    texts = REASONS[problem.code]
    zh = frame.lang == "zh"
    return frame.t(
        "reconcile.bad-row",
        column=problem.column,
        problem=texts.zh if zh else texts.en,
        right=texts.right_zh if zh else texts.right_en,
        rule=texts.rule,
    )


def _due(frame: Frame, shown: Shown) -> str:
    """Return within what time a difference has to be acted on, by which rule."""
    until = shown.one.due
    if until is None or shown.done is not None:
        return ""
    on = frame.at.astimezone(SHANGHAI).date()
    late = until < on
    left = working_days_between(until, on) if late else working_days_between(on, until)
    key = "workbench.answer-late" if late else "workbench.answer"
    rule = rule_of(frame, shown.one.clock)
    return frame.t(key, days=left.days, on=day(frame.lang, until), rule=rule)


def rule_of(frame: Frame, clock: str) -> str:
    """Return a rule and article as they are cited."""
    rule, _, article = clock.partition(" ")
    law = BOOK.instrument[rule]
    title = f"《{law.title}》" if frame.lang == "zh" else law.title_en
    cited = frame.t("period.article", no=article) if article else ""
    return f"{title}（{law.number}）{cited}" if frame.lang == "zh" else f"{title} {cited}".strip()


def _done(frame: Frame, deed: Deed) -> str:
    what = frame.t(f"reconcile.done-{deed.what}")
    said = [what, *([deed.said] if deed.what == "noted" else [])]
    return f"{moment(frame.lang, deed.at)} {deed.who} {joined(frame.lang, said)}"


def reason_line(frame: Frame, one: Reason, good: int) -> dict[str, object]:
    """Return what is said of a row of notices, as the region has agreed to say it."""
    zh = frame.lang == "zh"
    said = frame.t(
        "reconcile.noted-row" if one.noted else "workbench.finding",
        line=one.line,
        column=one.column,
        problem=one.zh if zh else one.en,
        right=one.right_zh if zh else one.right_en,
        rule=one.rule,
        good=good,
    )
    return {"said": said, "cell": one.cell, "noted": one.noted}
