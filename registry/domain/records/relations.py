"""Relations between subjects, as a document of an authority states them (domain 0.1.14).

A relation stands in one record: ``subject`` is the end it is stated for (the person, the branch,
the leading member of a consortium), ``others`` are the other ends. Roles are the words of the
decision, never inferred from a register.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from registry.domain.records.base import Line, Name, Part, Record, Subject


class Related(Part, frozen=True):
    """Another end of a relation, with the role the document gives it."""

    subject: Subject
    role: Name


class Relation(Record, frozen=True, tag="relation"):
    """Person and enterprise, branch and parent, or the members of a consortium in a tender.

    ``role`` is that of ``subject`` (as 法定代表人, 分支机构, 牵头人); ``matter`` says in what, as
    the name of a tender or project; ``valid_until`` is the last day, itself in.
    """

    relation: Literal["person_enterprise", "parent_branch", "consortium"]
    role: Name
    others: Annotated[tuple[Related, ...], Meta(min_length=1, max_length=50)]
    valid_from: date
    valid_until: date | UnsetType = UNSET
    decision_no: Annotated[str, Meta(min_length=1, max_length=128)] | UnsetType = UNSET
    matter: Line | UnsetType = UNSET
