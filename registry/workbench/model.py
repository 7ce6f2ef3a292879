"""What is said on the desk: findings as they are kept, who may do what, and what is refused."""

from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from registry.access.asker import Asker
from registry.clock import Clock
from registry.domain.disclosure import Role
from registry.errors import MalformedRefusal, NotGrantedRefusal, Refusal, UnauthorisedRefusal
from registry.forms.cells import FormRow
from registry.ingest.reasons import Finding, errors_first, explain
from registry.store.workbench import Did, KeptParcel, KeptSubmission

__all__ = ["Did", "KeptParcel"]
PREPARING: Final = frozenset({Role.CLERK, Role.REVIEWER})
AT_THE_DESK: Final = PREPARING | {Role.PUBLISHER}


class Found(Struct, frozen=True):
    """A finding as a clerk reads it: in which column and cell, what is wrong, what is right."""

    code: str
    level: str
    column: str
    cell: str
    zh: str
    en: str
    right_zh: str
    right_en: str

    @property
    def rule(self) -> str:
        """By which rule."""
        return explain(self.code).source


class ConflictRefusal(Refusal):
    """Somebody else was there before: nothing was changed, and nothing is lost."""

    code = "changed-meanwhile"
    status = 409
    title_zh = "他人已先行修改"
    title_en = "Somebody else was there before"


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works at the desk of which member; ``department`` None is all of them."""

    asker: Asker
    who: str
    member: str
    department: str | None

    @property
    def role(self) -> Role:
        """In which role."""
        return self.asker.grant.role

    @property
    def prepares(self) -> bool:
        """Tell whether he prepares drafts."""
        return self.role in PREPARING

    def sees(self, one: KeptSubmission) -> bool:
        """Tell whether a submission is one of his member's and department's."""
        return one.member == self.member and self.department in {None, one.department}

    def did(self, clock: Clock, what: str, row: int = 0, parcel: int = 0, said: str = "") -> Did:
        """Return a row of the log about him."""
        return Did(clock.now(), self.who, self.role.value, what, row, parcel, said)

    def must(self, *roles: Role) -> None:
        """Refuse what is for other roles; raises NotGrantedRefusal ``other-role``."""
        if self.role in roles:
            return
        zh = "、".join(_ROLES[role][0] for role in roles)
        en = " or ".join(_ROLES[role][1] for role in roles)
        raise NotGrantedRefusal(
            f"此操作由{zh}人员办理。",
            f"This is done by a {en}.",
            code="other-role",
            who=self.asker.who,
        )


_ROLES: Final = {
    Role.CLERK: ("经办", "clerk"),
    Role.REVIEWER: ("复核", "reviewer"),
    Role.PUBLISHER: ("签章", "publisher"),
}


def staff_of(asker: Asker, who: str) -> Staff:
    """Return whoever asks as one of the desk's staff; ``who`` is his name over rotated keys.

    A clerk has one department, which may be the member itself; a reviewer without one, and the
    publisher, see all of them.

    Raises:
        UnauthorisedRefusal: nobody is known to ask.
        NotGrantedRefusal: his role has no desk (``no-workbench``).
    """
    grant = asker.grant
    if not asker.known:
        raise UnauthorisedRefusal(
            "请先登录，或出示本成员地区的凭据。",
            "Sign in first, or show a credential of your member.",
            code="no-credential",
        )
    if grant.role not in AT_THE_DESK:
        raise NotGrantedRefusal(
            "报送工作台仅供成员地区的经办、复核和签章人员使用。",
            "The desk is for the clerks, reviewers and publishers of its member.",
            code="no-workbench",
            who=asker.who,
        )
    whole = not grant.department and grant.role is not Role.CLERK
    return Staff(asker, who, grant.member, None if whole else grant.department)


def found_about(row: FormRow, findings: tuple[Finding, ...]) -> list[Found]:
    """Return findings about a row with their columns and cells, errors first."""
    return [
        Found(
            *(one.code, one.level, row.column(one.pointer), row.cell(one.pointer)),
            *(one.zh, one.en, one.expected_zh, one.expected_en),
        )
        for one in errors_first(findings)
    ]


def found_text(found: list[Found]) -> str:
    """Return findings as they are kept."""
    return msgspec.json.encode(found).decode()


def found_of(text: str) -> list[Found]:
    """Return findings that were kept."""
    return msgspec.json.decode(text, type=list[Found])


def cells_of(text: str) -> list[str]:
    """Return the texts of a row that were kept."""
    return msgspec.json.decode(text, type=list[str])


def not_now(zh: str, en: str, code: str) -> MalformedRefusal:
    """Return the refusal of what does not fit how far a thing has come."""
    return MalformedRefusal(zh, en, code=code)
