"""From the claims of a token to what they allow: the table ``oidc_roles`` of the settings."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from registry.access.asker import Asker
from registry.domain.disclosure import Role
from registry.domain.grants import OF_MEMBER, OF_PARTY, OF_SUBJECT, Grant, grant_problem
from registry.domain.subjects import subject_id, usable_uscc
from registry.errors import NodeError, NotGrantedRefusal
from registry.settings import OidcRole

Claims = Mapping[str, object]
_HELD: Final = "0" * 32
_HELD_CODE: Final = "0" * 18
"""They stand for what only a token names, when a table is looked over at the start."""


class Accounts:
    """What becomes of the accounts of an issuer on this node."""

    def __init__(
        self, table: Sequence[OidcRole], members: Collection[str], keyed: Callable[..., str]
    ) -> None:
        """Take the table, the codes of the charter's parties, and what makes keyed digests.

        Raises:
            NodeError: a line of the table can never be granted.
        """
        check_table(table, members)
        self._table = table
        self._members = members
        self._keyed = keyed

    def recognise(self, claims: Claims) -> Asker:
        """Return who has these claims, which were verified; raises NotGrantedRefusal."""
        who = f"oidc:{self._keyed(str(claims['iss']), str(claims['sub']))}"
        return Asker(grant_of(claims, self._table, self._members, who), who)


def grant_of(
    claims: Claims, table: Sequence[OidcRole], members: Collection[str], who: str
) -> Grant:
    """Return what the first line of the table that fits allows.

    Raises:
        NotGrantedRefusal: none fits (``no-role``), or the member or subject that a token names is
            not one (``role-limits``).
    """
    line = next((line for line in table if _fits(line, claims.get(line.claim))), None)
    if line is None:
        raise NotGrantedRefusal(
            "该账号在本节点没有角色；请向节点运营者申请。",
            "This account has no role on this node: ask its operator.",
            code="no-role",
            who=who,
        )
    grant = Grant(
        Role(line.role),
        line.member or _text(claims.get(line.member_claim)),
        line.subject or _subject(_text(claims.get(line.subject_claim))),
        line.territories,
        line.matters,
        _party(line.party or _text(claims.get(line.party_claim))),
        line.department or _text(claims.get(line.department_claim)),
    )
    wrong = grant_problem(grant, members)
    if wrong is not None:
        raise NotGrantedRefusal(*wrong, code="role-limits", who=who)
    return grant


def check_table(table: Sequence[OidcRole], members: Collection[str]) -> None:
    """Look over the table when the node starts; raises NodeError naming the line that cannot be."""
    for number, line in enumerate(table, start=1):
        role = Role(line.role)
        some = next(iter(members), "")
        member = line.member or (some if line.member_claim and role in OF_MEMBER else "")
        subject = line.subject or (_HELD if line.subject_claim and role in OF_SUBJECT else "")
        party = _party(line.party) or (_HELD_CODE if line.party_claim and role in OF_PARTY else "")
        places = (line.territories, line.matters)
        grant = Grant(role, member, subject, *places, party, line.department)
        wrong = grant_problem(grant, members)
        if wrong is not None:
            message = (
                f"oidc_roles 第 {number} 项：{wrong[0]} / oidc_roles, item {number}: {wrong[1]}"
            )
            raise NodeError(message)


def _fits(line: OidcRole, said: object) -> bool:
    return said == line.value or (isinstance(said, list) and line.value in said)


def _text(said: object) -> str:
    return said if isinstance(said, str) else ""


def _subject(said: str) -> str:
    """Return the id of a subject that a claim names by its id or unified code; '' for neither."""
    code = usable_uscc(said)
    return said if code is None else subject_id("uscc", code).hex()


def _party(said: str) -> str:
    """Return a unified code in normal form; what is none stays as it is, to be refused."""
    return usable_uscc(said) or said
