"""What lies inside the territories and matters of who looks at it, and the refusals outside."""

from dataclasses import replace

from registry.domain.grants import Grant
from registry.errors import NotGrantedRefusal
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


def other_territory(grant: Grant, who: str) -> NotGrantedRefusal:
    """Return the refusal of a question about territories that were not granted."""
    named = "、".join(grant.territories)
    return NotGrantedRefusal(
        f"您的授权限于办理地区 {named}。",
        f"What you were granted is for the territories {', '.join(grant.territories)}.",
        code="other-territory",
        who=who,
    )


def other_matter(grant: Grant, who: str) -> NotGrantedRefusal:
    """Return the refusal of a question about a matter that was not granted."""
    named = "、".join(grant.matters)
    return NotGrantedRefusal(
        f"您的授权限于办理事项 {named}，请指明其一。",
        f"What you were granted is for the matters {', '.join(grant.matters)}: name one.",
        code="other-matter",
        who=who,
    )
