"""Who may see a record: the one place that decides, for pages, endpoints, feeds and reports.

What may be seen depends on the role, the publication range, the class, what has become of the
record, the date and whom it is about. What may not be seen answers exactly like what never
existed, so the answer here is yes or no and nothing in between.

Roles that act inside limits (business: its own file; clerk, reviewer: their own member; third
party: with the subject's authorisation) are checked against those limits by the caller; here it
is taken for granted that they hold.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final, Literal

from msgspec import UNSET

from registry.domain.lists import is_honour
from registry.domain.records import KINDS, AnyRecord, ListEntry, Penalty, Relation
from registry.domain.records.base import Procedure, Publication, SeverityClass, SubjectKind
from registry.domain.tables import KEPT

State = Literal[
    "standing",
    "repaired",
    "withdrawn",
    "amended",
    "shielded",
    "expired",
    "exited",
    "quarantined",
    "not-competent-act",
]

MARKET_REGULATION: Final = KEPT["organ-kinds"].by_code["market-regulation"].also
"""Words by which a market regulator is known, in its kind or its name."""

PUBLIC_SECURITY_LAWS: Final = ("治安管理处罚",)
"""Words that a basis under the Public Security Penalties Law (or its forerunner) contains."""

WARNINGS: Final = KEPT["penalty-kinds"].group("warning")
"""The penalty kinds that are a warning only (Administrative Penalty Law 9, item 1)."""


class Role(StrEnum):
    """Who asks."""

    PUBLIC = "public"
    BUSINESS = "business"
    CLERK = "clerk"
    REVIEWER = "reviewer"
    PUBLISHER = "publisher"
    REGULATOR = "regulator"
    PROCURER = "procurer"
    THIRD_PARTY = "third_party"
    REGION = "region"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    CONSUMER = "consumer"


@dataclass(frozen=True, slots=True)
class RecordState:
    """All that disclosure depends on.

    Publicity begins with ``published_on``, where stated, and ends with ``publicity_until``, itself
    in.

    Members with defaults err towards not showing.
    """

    publication: Publication
    severity: SeverityClass
    state: State
    subject_kind: SubjectKind
    type: str
    procedure: Procedure | None
    kinds: tuple[str, ...]
    basis_public_security: bool
    publicity_until: date | None
    decided_on: date
    list_code: str | None = None
    market_regulation: bool = True
    published_on: date | None = None


@dataclass(frozen=True, slots=True)
class _View:
    """What one role sees."""

    publications: frozenset[str]
    severities: frozenset[str]
    states: frozenset[str]
    audiences: frozenset[str]
    natural_persons: bool
    publicity_limits: bool
    sealed: bool


_OPEN: Final = frozenset({"public"})
_SHARED: Final = frozenset({"public", "government"})
_AUTHORISED: Final = frozenset({"public", "authorised"})
_ALL: Final = frozenset({"public", "government", "authorised"})
_CLASSED: Final = frozenset({"general", "serious"})
_WITH_MINOR: Final = frozenset({"minor", "general", "serious"})
_ANY_CLASS: Final = frozenset({"minor", "general", "serious", "unclassified"})
_STANDING: Final = frozenset({"standing"})
ENDED: Final = frozenset({"repaired", "withdrawn", "amended", "shielded", "expired", "exited"})
"""What has become of a record that only its subject, its holder and the auditor still see."""
_OWN: Final = _STANDING | ENDED
_EVERY: Final = _OWN | {"quarantined", "not-competent-act"}
_FACTS: Final = frozenset({"open"})
_ORGANS: Final = frozenset({"open", "organs"})
_SUPERVISING: Final = frozenset({"open", "organs", "between"})
_SUBJECT: Final = frozenset({"open", "organs", "holders"})
_ANY: Final = frozenset({"open", "organs", "between", "holders"})

#                      publications severities   states    audiences persons limits sealed
_PUBLIC: Final = _View(_OPEN, _CLASSED, _STANDING, _FACTS, False, True, False)  # noqa: FBT003 - a table
_SHARING: Final = _View(_SHARED, _WITH_MINOR, _STANDING, _ORGANS, True, False, False)  # noqa: FBT003 - a table
_HOLDER: Final = _View(_ALL, _ANY_CLASS, _EVERY, _ANY, True, False, True)  # noqa: FBT003 - a table

_VIEWS: Final[dict[Role, _View]] = {
    Role.PUBLIC: _PUBLIC,
    Role.OPERATOR: _PUBLIC,  # runs the node; running it needs no record
    Role.CONSUMER: _PUBLIC,  # outside its feeds, which have the eyes that it was approved for
    Role.REGULATOR: replace(_SHARING, audiences=_SUPERVISING),
    Role.PROCURER: _SHARING,
    Role.REGION: _SHARING,
    Role.CLERK: _HOLDER,
    Role.REVIEWER: _HOLDER,
    Role.PUBLISHER: _HOLDER,
    Role.THIRD_PARTY: _View(_AUTHORISED, _CLASSED, _STANDING, _FACTS, True, True, False),  # noqa: FBT003 - a table
    Role.BUSINESS: _View(_ALL, _ANY_CLASS, _OWN, _SUBJECT, True, False, False),  # noqa: FBT003 - a table
    Role.AUDITOR: _View(_ALL, _ANY_CLASS, _EVERY, _ANY, True, False, False),  # noqa: FBT003 - a table
}

_OF_DOCUMENTS: Final = frozenset({Role.CLERK, Role.REVIEWER})
_OF_THE_REGION: Final = frozenset(
    {k for k, kind in KINDS.items() if kind.family == "region"} | {"recognition_change"}
)
"""Types that are no mark on anybody, so that no publicity ends; with what becomes of them."""
_LIGHT: Final = frozenset({"compulsion", "inspection", "sampling", "risk_alert"})
"""Types that need no class to be published, and are not when the organ has called them minor."""


def may_show(role: Role, state: RecordState, on: date) -> bool:
    """Say whether a role may see a record on a date.

    Sources: Order 36 art. 3 (ended records: subject, recording authority and auditor only),
    Penalty Law 48, SAMR Order 45 (of market regulation only ordinary-procedure penalties that are
    more than a warning), Public Security Penalties Law 136 (sealed, whatever organ or subject).
    """
    view = _VIEWS[role]
    return (
        state.state in view.states
        and state.publication in view.publications
        and (view.sealed or not state.basis_public_security)
        and KINDS[state.type].audience in view.audiences
        and (view.natural_persons or state.subject_kind != "natural_person")
        and _class_shown(state, view)
        and not (view.publicity_limits and _not_publishable(state, on))
    )


def may_read_documents(role: Role) -> bool:
    """Say whether a role reads the documents of persons in records of its own member.

    Those do who prepare and review what is reported, and have them before them anyway; who signs
    does not need them (PIPL 6: no more than the purpose needs).
    """
    return role in _OF_DOCUMENTS


def ends_with_publicity(role: Role) -> bool:
    """Say whether a role sees a record no longer than it is published."""
    return _VIEWS[role].publicity_limits


def _class_shown(state: RecordState, view: _View) -> bool:
    """Say whether the class of a record, where it matters, is one that the role sees."""
    if state.type in _LIGHT:
        return state.severity != "minor" or "minor" in view.severities
    return not _classed(state) or state.severity in view.severities


def _classed(state: RecordState) -> bool:
    """Say whether the class of a record matters: for penalties and for lists other than honours."""
    return state.type == "penalty" or (
        state.type == "list_entry" and not is_honour(state.list_code)
    )


def class_of(record: AnyRecord) -> SeverityClass | None:
    """Return the class of a record for which it matters, None for all others."""
    classed = isinstance(record, Penalty) or (
        isinstance(record, ListEntry) and not is_honour(record.list)
    )
    return record.severity.level if classed else None


def _not_publishable(state: RecordState, on: date) -> bool:
    """Say whether publicity is over, has not begun, or never was allowed for such a penalty."""
    if state.type in _OF_THE_REGION:
        return False
    begins = state.published_on or state.decided_on
    if on < begins or (state.publicity_until is not None and on > state.publicity_until):
        return True
    return (
        state.type == "penalty"
        and state.market_regulation
        and (state.procedure != "ordinary" or WARNINGS.issuperset(state.kinds))
    )


def under_public_security_law(text: str) -> bool:
    """Say whether a stated basis is the Public Security Penalties Law or its forerunner."""
    for words in PUBLIC_SECURITY_LAWS:  # noqa: SIM110 - admission asks this of every record
        if words in text:
            return True
    return False


@lru_cache(maxsize=4096)
def of_market_regulation(kind: str, name: str) -> bool:
    """Say whether an organ, by its kind and name, is a market regulator."""
    return any(words in kind or words in name for words in MARKET_REGULATION)


def _names_a_person(record: AnyRecord) -> bool:
    """Say whether a relation ties a natural person: it is as little for the public as a person."""
    return isinstance(record, Relation) and any(
        end.subject.kind == "natural_person" for end in record.others
    )


def state_of(record: AnyRecord, state: State = "standing") -> RecordState:
    """Return what disclosure depends on, from a decoded record and what has become of it."""
    penalty = record if isinstance(record, Penalty) else None
    entry = record if isinstance(record, ListEntry) else None
    until = penalty.publicity_until if penalty else UNSET
    return RecordState(
        publication=record.publication,
        severity=record.severity.level,
        state=state,
        subject_kind="natural_person" if _names_a_person(record) else record.subject.kind,
        type=str(record.__struct_config__.tag),
        procedure=None if record.procedure is UNSET else record.procedure,
        kinds=penalty.kinds if penalty else (),
        basis_public_security=under_public_security_law(getattr(record, "basis", "")),
        publicity_until=None if until is UNSET else until,
        published_on=None if record.published_on is UNSET else record.published_on,
        decided_on=record.decided_on,
        list_code=entry.list if entry else None,
        market_regulation=of_market_regulation(
            "" if record.authority.kind is UNSET else record.authority.kind, record.authority.name
        ),
    )
