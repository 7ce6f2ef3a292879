"""What a draft of the rulebook would change, and for whom: for the region office and organs."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.pages.frame import Frame, ReadsDep
from registry.pages.rule_pages import uses_of
from registry.pages.words import day, joined, moment, word
from registry.query.impact import Change
from registry.query.impacts import ImpactView

_WAYS: Final = {"gained": "impact.gained", "lost": "impact.lost", "changed": "impact.changed"}


@get("/rules/impact", include_in_schema=False)
async def impact(frame: NamedDependency[SkipValidation[Frame]], reads: ReadsDep) -> Response[str]:
    """The draft that was compared last."""
    found = await reads.impact()
    if found is None:
        return frame.page("impact.html", made="")
    book = await reads.rulebook()
    rules = () if book is None else book.book.rules
    names = {use.key: use.name for rule in rules for use in uses_of(rule)}
    return frame.page("impact.html", **_told(frame, found, names))


def _told(frame: Frame, found: ImpactView, names: Mapping[str, str]) -> dict[str, object]:
    """Put it into words; a measure that only the draft has is told by its key."""
    made, name_of = found.impact, frame.site.name_of
    assumed = dict.fromkeys(
        f"{name_of(one.member)} {one.rule}（{one.edition}）" for one in made.assumed
    )
    return {
        "made": moment(frame.lang, datetime.fromisoformat(made.made)),
        "lead": frame.t(
            "impact.lead",
            on=day(frame.lang, date.fromisoformat(made.on)),
            rules=joined(frame.lang, made.changed),
            looked=made.looked_at,
            subjects=made.subjects,
        ),
        "assumed": joined(frame.lang, list(assumed)),
        "totals": [
            (
                name_of(one.territory),
                frame.t(_WAYS[one.way]),
                f"{one.rule} {names.get(one.measure, one.measure)}",
                one.subjects,
            )
            for one in made.totals
        ],
        "rows": [
            (
                row.name,
                frame.url(f"/subject/{row.subject}"),
                name_of(row.territory),
                [_change(frame, one, names) for one in row.changes],
            )
            for row in found.rows
        ],
        "whole": found.whole,
        "digests": [
            (frame.t(key), digest)
            for key, digest in (
                ("impact.published", made.published),
                ("impact.draft", made.draft),
                ("impact.list", made.list_digest),
            )
        ],
    }


def _change(frame: Frame, one: Change, names: Mapping[str, str]) -> str:
    sides = [side for side in (one.before, one.after) if side]
    said = " → ".join(_side(frame, side[0], side[2]) for side in sides)
    measure = names.get(one.measure, one.measure)
    return f"{frame.t(_WAYS[one.way])}{frame.t('colon')}{one.rule} {measure} {said}"


def _side(frame: Frame, effect: str, last: str) -> str:
    """A measure under one book: its force and its last day."""
    force = word(frame.lang, "effect", effect)
    if not last:
        return force
    until = frame.t("period.until", last=day(frame.lang, date.fromisoformat(last)))
    return f"{force} {until}"
