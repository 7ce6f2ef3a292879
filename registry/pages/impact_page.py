"""What a draft of the rulebook would change, and for whom: for the region office and organs."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.pages.frame import Frame, ReadsDep
from registry.pages.words import joined, word
from registry.query.impact import Change
from registry.query.impacts import ImpactView

_WAYS: Final = {"gained": "impact.gained", "lost": "impact.lost", "changed": "impact.changed"}


@get("/rules/impact", include_in_schema=False)
async def impact(frame: NamedDependency[SkipValidation[Frame]], reads: ReadsDep) -> Response[str]:
    """The draft that was compared last."""
    found = await reads.impact()
    return frame.page("impact.html", **({"made": ""} if found is None else _told(frame, found)))


def _told(frame: Frame, found: ImpactView) -> dict[str, object]:
    made, name_of = found.impact, frame.site.name_of
    assumed = dict.fromkeys(
        f"{name_of(one.member)} {one.rule}（{one.edition}）" for one in made.assumed
    )
    return {
        "made": made.made,
        "lead": frame.t(
            "impact.lead",
            on=made.on,
            rules=joined(frame.lang, made.changed),
            looked=made.looked_at,
            subjects=made.subjects,
        ),
        "assumed": joined(frame.lang, list(assumed)),
        "totals": [
            (
                name_of(one.territory),
                frame.t(_WAYS[one.way]),
                f"{one.rule} {one.measure}",
                one.subjects,
            )
            for one in made.totals
        ],
        "rows": [
            (
                row.name,
                frame.url(f"/subject/{row.subject}"),
                name_of(row.territory),
                [_change(frame, one) for one in row.changes],
            )
            for row in found.rows
        ],
        "whole": found.whole,
        "digests": (made.published, made.draft, made.list_digest),
    }


def _change(frame: Frame, one: Change) -> str:
    sides = [side for side in (one.before, one.after) if side]
    said = " → ".join(f"{word(frame.lang, 'effect', side[0])} {side[2]}".strip() for side in sides)
    return f"{frame.t(_WAYS[one.way])}{frame.t('colon')}{one.rule} {one.measure} {said}"
