"""To which local office a message belongs, and what becomes of it when its day passes.

An organ is known to others by its kind; what it is called here, and under which account its people
sign in, the member has said (`registry.domain.offices`). What fits no office is shown as such and
stays with the member: nobody guesses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from msgspec import UNSET

from registry.domain.offices import Office, Offices
from registry.domain.records import AnyRecord
from registry.domain.records.base import Organ
from registry.domain.records.market import RiskAlert
from registry.domain.records.uses import MeasureTask
from registry.pages.frame import Frame
from registry.pages.rule_pages import uses_of
from registry.query.views import RulebookView

PRODUCTS: Final = "市场监督管理部门"
"""The kind of organ that product-safety warnings go to (消费品召回管理暂行规定)."""


@dataclass(frozen=True, slots=True)
class Owners:
    """Finds owners on a day; ``measures`` says of each measure of the rulebook organ and matter."""

    offices: Offices
    on: date
    measures: Mapping[str, tuple[str, str]]

    @classmethod
    def under(cls, frame: Frame, book: RulebookView | None, on: date) -> "Owners":
        """Take the offices that members have named, and the rulebook in force."""
        rules = () if book is None else book.book.rules
        measures = {use.key: (use.organ, use.matter) for rule in rules for use in uses_of(rule)}
        return cls(frame.site.offices, on, measures)

    def of(self, member: str, record: AnyRecord) -> Office | None:
        """Return the office of a member that a message belongs to; None where none fits."""
        if isinstance(record, MeasureTask):
            return self.of_measure(member, *self.measures.get(record.measure, ("", "")))
        if isinstance(record, RiskAlert):
            return self.offices.for_organ(member, "", PRODUCTS, self.on)
        receiver = getattr(record, "receiver", None)
        return self.of_organ(member, receiver) if isinstance(receiver, Organ) else None

    def of_organ(self, member: str, organ: Organ) -> Office | None:
        """Return the office that an organ is called here."""
        kind = "" if organ.kind is UNSET else organ.kind
        return self.offices.for_organ(member, organ.name, kind, self.on)

    def of_measure(self, member: str, organ: str, matter: str) -> Office | None:
        """Return the office that considers a measure: by its organ, else by its matter."""
        return self.offices.for_organ(member, organ, "", self.on) or self.offices.for_matter(
            member, matter, self.on
        )


def owner_line(frame: Frame, member: str, owner: Office | None) -> dict[str, object]:
    """Say who handles it and under which account; ``mine``: it is the asker's own department's."""
    mine = frame.asker.grant.department
    if owner is None:
        who = frame.t("inbox.nobody", member=frame.site.name_of(member))
        return {"owner": who, "phone": "", "mine": False, "nobody": True}
    who = frame.t("inbox.owner", name=owner.name, account=owner.account)
    return {"owner": who, "phone": owner.phone, "mine": mine == owner.account, "nobody": False}
