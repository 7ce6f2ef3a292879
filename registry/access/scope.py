"""What of a desk lies inside the territories and matters of who looks at it."""

from dataclasses import replace

from registry.domain.grants import Grant
from registry.query.desk import Desk


def in_scope(desk: Desk, grant: Grant) -> Desk:
    """Return a desk without what is in other territories or matters than were granted."""
    return replace(
        desk,
        pushes=tuple(
            one
            for one in desk.pushes
            if grant.in_place(one.push.territory) and grant.in_matter(one.push.measure.matter)
        ),
        lifts=tuple(
            one
            for one in desk.lifts
            if grant.in_place(one.applied.territory) and grant.in_matter(one.matter)
        ),
    )
