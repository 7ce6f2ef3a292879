"""What the pages of the objection desk share: who looks, how far a thing is, in words."""

from dataclasses import dataclass

from registry.access.reads import Reads
from registry.domain.disclosure import Role
from registry.objections.desk import Around, Objections
from registry.objections.letters import FORMS
from registry.objections.model import KeptObjection, Standing, handles, term_of
from registry.pages.frame import Frame
from registry.pages.words import day
from registry.workbench.model import Staff
from registry.workbench_pages.due import rule_of_term

READ = "objection"
"""The kind of a row of the access log about an objection; its place is the objection's id."""
TO_SUBJECT = frozenset({"filed", "accepted", "declined", "extended", "reply"})
"""Letters that are the subject's own; the others go to organs."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at an objection: one of the staff, or where ``staff`` is None the subject."""

    around: Around
    staff: Staff | None

    @property
    def handles(self) -> bool:
        """Tell whether he handles it, and does not only reply."""
        return self.staff is not None and handles(self.staff, self.around.one)


async def looking(frame: Frame, reads: Reads, objections: Objections, objection: str) -> Looking:
    """Return an objection for whoever asks; raises NotFoundRefusal, also for one of others."""
    if frame.asker.grant.role is Role.BUSINESS:
        one = await objections.own(frame.asker, await reads.own_ids(), objection)
        return Looking(await objections.around(one), None)
    staff = await objections.staff(frame.asker)
    return Looking(await objections.view(staff, objection), staff)


def about_of(frame: Frame, one: KeptObjection) -> str:
    """Return in words what is disputed."""
    said = FORMS.about[one.about][frame.lang == "en"]
    if one.about != "measure":
        return said
    return frame.t(
        "objections.about-measure", said=said, measure=one.measure,
        place=frame.site.name_of(one.territory),
    )  # fmt: skip


def stage_of(frame: Frame, one: KeptObjection) -> str:
    """Return in words how far it is: the outcome where there is one."""
    if one.outcome and (one.stage == "closed" or one.outcome == "declined"):
        return frame.t(f"objections.outcome-{one.outcome}")
    if one.stage == "accepted" and one.mark_idx is not None:
        return frame.t("objections.stage-marked")
    return frame.t(f"objections.stage-{one.stage}")


def next_of(frame: Frame, one: KeptObjection, stand: Standing) -> str:
    """Return in words what is to be done next, by whom, and until when."""
    if stand.due is None:
        return ""
    who = one.forwarded if stand.who == "department" else frame.t(f"role.{stand.who}")
    key = "objections.next-late" if stand.late else "objections.next"
    what = frame.t(f"objections.step-{stand.step}")
    rule = rule_of_term(frame, term_of(one, stand.step))
    return frame.t(
        key, what=what, who=who, on=day(frame.lang, stand.due), days=abs(stand.left), rule=rule
    )
