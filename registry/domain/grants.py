"""What a credential allows: a role, and the limits inside which it may act (design 9).

A credential is an API key or the claims of a token; both come to a :class:`Grant`, and this is the
one place that says which limits a role must have.
"""

from collections.abc import Collection
from dataclasses import dataclass
from re import compile as pattern
from typing import Final

from registry.domain.disclosure import Role
from registry.domain.subjects import usable_uscc

OF_MEMBER: Final = frozenset(
    {Role.CLERK, Role.REVIEWER, Role.PUBLISHER, Role.REGULATOR, Role.PROCURER}
)
"""Roles that somebody has at a member; a grant names it."""
OF_DEPARTMENT: Final = frozenset({Role.CLERK, Role.REVIEWER})
"""Roles that somebody may have in one department of a member; a grant may name it."""
OF_SUBJECT: Final = frozenset({Role.BUSINESS, Role.THIRD_PARTY})
"""Roles that somebody has towards one subject; a grant names it."""
OF_PARTY: Final = frozenset({Role.THIRD_PARTY, Role.CONSUMER})
"""Roles of an organisation: what a subject has authorised it for, or what its feeds are approved
for, stands elsewhere; a grant names its unified code."""
OF_PLACE: Final = frozenset({Role.REGULATOR, Role.PROCURER})
"""Roles that act in territories and matters; a grant names at least one territory."""
WITHOUT_PURPOSE: Final = frozenset({Role.PUBLIC, Role.OPERATOR, Role.AUDITOR, Role.CONSUMER})
"""Roles that need not state what they read for: they see what is public, or look after the rest;
the purpose of a feed stands in its approval."""
TERRITORIES_MAX: Final = 50
MATTERS_MAX: Final = 50
DEPARTMENT_MAX: Final = 80

_SUBJECT: Final = pattern("[0-9a-f]{32}")
_MATTER: Final = pattern("[a-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role within limits: a member's code, a subject's id (32 hex digits), territories, matters.

    ``party`` is the unified code of the organisation it was issued to, in normal form. ``matters``
    empty is every matter. ``department`` is the name of that of the member, as it stands as source
    unit; empty is the member itself. What does not belong to the role is empty.
    """

    role: Role
    member: str = ""
    subject: str = ""
    territories: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    party: str = ""
    department: str = ""

    def in_place(self, territory: str) -> bool:
        """Tell whether the holder may ask what applies in a territory."""
        return self.role not in OF_PLACE or territory in self.territories

    def in_matter(self, matter: str) -> bool:
        """Tell whether the holder may ask about a matter; '' is every matter at once."""
        return self.role not in OF_PLACE or not self.matters or matter in self.matters

    def needs_purpose(self, subject: str = "") -> bool:
        """Tell whether a read must say what it is for; a business reads its own file freely."""
        if self.role is Role.BUSINESS and subject == self.subject:
            return False
        return self.role not in WITHOUT_PURPOSE


PUBLIC_GRANT: Final = Grant(Role.PUBLIC)


def grant_problem(grant: Grant, members: Collection[str]) -> tuple[str, str] | None:
    """Say in Chinese and English what is wrong with a grant; None if nothing is.

    ``members`` are the codes of the charter's parties.
    """
    role = grant.role
    if role is Role.PUBLIC:
        return "公众无需凭据。", "The public needs no credential."
    checks = (
        _wanted(role, OF_MEMBER, grant.member, "成员代码", "a member code"),
        _wanted(role, OF_SUBJECT, grant.subject, "主体编号", "the id of a subject"),
        _wanted(role, OF_PARTY, grant.party, "所属单位", "the party"),
        _wanted(role, OF_PLACE, ",".join(grant.territories), "办理地区", "territories"),
        _only(role, OF_PLACE, ",".join(grant.matters), "办理事项", "matters"),
        _only(role, OF_DEPARTMENT, grant.department, "部门", "department"),
        _known((grant.member, *grant.territories), members),
        _well_formed(grant),
    )
    return next((check for check in checks if check), None)


def _wanted(
    role: Role, roles: frozenset[Role], value: str, zh: str, en: str
) -> tuple[str, str] | None:
    if role in roles and not value:
        return f"角色 {role} 须指明{zh}。", f"The role {role} needs {en}."
    if role not in roles and value:
        return f"角色 {role} 不得指明{zh}。", f"The role {role} takes no {en}."
    return None


def _only(
    role: Role, roles: frozenset[Role], value: str, zh: str, en: str
) -> tuple[str, str] | None:
    if value and role not in roles:
        return f"角色 {role} 不得指明{zh}。", f"The role {role} takes no {en}."
    return None


def _known(codes: Collection[str], members: Collection[str]) -> tuple[str, str] | None:
    strange = [code for code in codes if code and code not in members]
    if not strange:
        return None
    named = ", ".join(strange)
    return f"章程中没有成员 {named}。", f"The charter has no member {named}."


def _well_formed(grant: Grant) -> tuple[str, str] | None:
    if grant.subject and not _SUBJECT.fullmatch(grant.subject):
        return "主体编号应为 32 位十六进制数字。", "The id of a subject has 32 hex digits."
    if grant.party and usable_uscc(grant.party) != grant.party:
        return (
            "被授权单位应以 18 位统一社会信用代码指明。",
            "The authorised party is named by its unified code of 18 characters.",
        )
    if len(grant.department) > DEPARTMENT_MAX or not grant.department.isprintable():
        return (
            f"部门名称应为一行文字，不超过 {DEPARTMENT_MAX} 个字。",
            f"A department is a line of at most {DEPARTMENT_MAX} characters.",
        )
    odd = [matter for matter in grant.matters if not _MATTER.fullmatch(matter)]
    if odd:
        return f"事项代码有误：{odd[0]}。", f"Not the code of a matter: {odd[0]}."
    if len(grant.territories) > TERRITORIES_MAX or len(grant.matters) > MATTERS_MAX:
        return (
            f"办理地区和事项各不超过 {TERRITORIES_MAX} 个。",
            f"At most {TERRITORIES_MAX} territories and {MATTERS_MAX} matters.",
        )
    return None
