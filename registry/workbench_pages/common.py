"""What the pages of the desk share: who is at it, what was typed and may not be lost, sentences."""

from typing import Final

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.access.sessions import check_form
from registry.errors import NotGrantedRefusal
from registry.objections.desk import Objections
from registry.pages.frame import Frame
from registry.pages.words import joined, moment
from registry.workbench.desk import Around, Workbench
from registry.workbench.model import Did, Found, KeptParcel

WorkbenchDep = NamedDependency[SkipValidation[Workbench]]
ObjectionsDep = NamedDependency[SkipValidation[Objections]]
Sent = dict[str, str]
"""A form as it came."""
_OWN: Final = frozenset({"csrf", "lang"})


def kept(frame: Frame, data: Sent) -> Response[str] | None:
    """Return what was typed, to be sent once more, where the form can no longer be taken.

    So it is when the session has ended meanwhile, and when somebody has signed in again: nothing
    is done then, and nothing is lost.
    """
    try:
        if frame.asker.known:
            check_form(frame.asker, data.get("csrf", ""))
            return None
    except NotGrantedRefusal:
        pass
    home = "/" + frame.path.split("/")[1]
    fields = [(name, text) for name, text in data.items() if name not in _OWN]
    return frame.page(
        "workbench_kept.html",
        403 if frame.asker.known else 401,
        action=frame.path,
        code="form-forged" if frame.asker.known else "session-ended",
        fields=fields,
        shown=[text for name, text in fields if text and name not in {"act", "version"}],
        again=frame.url("/sign-in", to=frame.url(home)) if frame.site.signs_in else "",
    )


def sentence(frame: Frame, line: int, found: Found, good: int) -> str:
    """Return a finding as the region has agreed to say it."""
    zh = frame.lang == "zh"
    problem, right = (found.zh, found.right_zh) if zh else (found.en, found.right_en)
    return frame.t(
        "workbench.finding" if found.column else "workbench.finding-row",
        line=line,
        column=found.column,
        problem=problem.rstrip("。."),
        right=right.rstrip("。."),
        rule=found.rule.rstrip("。."),
        good=good,
    )


def stands(frame: Frame, around: Around) -> str:
    """Return in one line how far a submission is."""
    one = around.one
    if one.state == "checking":
        return frame.t("workbench.state-checking", done=one.done, lines=one.lines)
    if one.state == "unreadable":
        wrong = one.wrong_zh if frame.lang == "zh" else one.wrong_en
        return frame.t("workbench.state-unreadable", wrong=wrong)
    names = ("good", "to-fix", "repeated", "admitted")
    counts = [(name, around.rows(name, 0 if name == "good" else None)) for name in names]
    under_way = sum(
        p.rows for p in around.parcels if p.state in {"in-review", "reviewed", "sealing"}
    )
    counts.insert(1, ("under-way", under_way))
    said = [frame.t(f"workbench.rows-{name}", count=count) for name, count in counts if count]
    return joined(frame.lang, said) or frame.t("workbench.rows-none")


def parcel_line(frame: Frame, around: Around, one: KeptParcel) -> dict[str, object]:
    """Return a parcel in words, with what can be done to it."""
    to = f"/workbench/{around.one.id}/parcel/{one.parcel}"
    return {
        "parcel": one.parcel,
        "state": one.state,
        "stands": frame.t(f"workbench.parcel-{one.state}"),
        "rows": one.rows,
        "sent": moment(frame.lang, one.sent_at),
        "reason": one.reason,
        "wrong": one.wrong_zh if frame.lang == "zh" else one.wrong_en,
        "action": to,
        "look": frame.url(f"/workbench/{around.one.id}", parcel=one.parcel),
        "file": frame.url(f"{to}/file"),
        "export": frame.url("/exports", submission=around.one.id, parcel=one.parcel),
        "receipts": [
            (
                frame.t("workbench.receipt", start=r.start, end=r.size),
                frame.url(f"{to}/receipt/{r.start}"),
            )
            for r in around.receipts
            if r.parcel == one.parcel
        ],
    }


def did_line(frame: Frame, did: Did) -> str:
    """Return who did what, in one line."""
    places = [frame.t("workbench.log-row", row=did.row)] if did.row else []
    places += [frame.t("workbench.log-parcel", parcel=did.parcel)] if did.parcel else []
    who = (
        [did.who or frame.t("workbench.log-node"), frame.t(f"role.{did.role}")] if did.role else []
    )
    said = [frame.t(f"workbench.log-{did.what}"), *places, *([did.said] if did.said else [])]
    return f"{moment(frame.lang, did.at)} {joined(frame.lang, who)} {joined(frame.lang, said)}"
