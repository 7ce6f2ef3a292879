"""Related subjects and other identities, as the enterprise page says them."""

from dataclasses import dataclass

from registry.pages.frame import Frame
from registry.pages.words import day, word
from registry.query.views import IdentityView, Relations, RelationView


@dataclass(frozen=True, slots=True)
class EndLine:
    """Another end of a relation; ``link`` is empty where nothing about it may be shown."""

    name: str
    code: str
    role: str
    link: str


@dataclass(frozen=True, slots=True)
class RelationLine:
    """One relation in words, with the link to the record that states it."""

    kind: str
    ends: tuple[EndLine, ...]
    role: str
    period: str
    matter: str
    past: bool
    stated: str
    link: str


@dataclass(frozen=True, slots=True)
class IdentityLine:
    """Another subject that is, or is not, the same, and why; ``mood`` is a style."""

    name: str
    code: str
    said: str
    why: str
    mood: str
    link: str
    record: str


@dataclass(frozen=True, slots=True)
class RelationLines:
    """All of it."""

    relations: tuple[RelationLine, ...]
    identities: tuple[IdentityLine, ...]
    more: bool
    comma: str

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.relations or self.identities)


def relation_lines(frame: Frame, ties: Relations) -> RelationLines:
    """Put relations and identities into words."""
    return RelationLines(
        tuple(_relation(frame, one) for one in ties.relations),
        tuple(_identity(frame, one) for one in ties.identities),
        ties.more,
        "、" if frame.lang == "zh" else ", ",
    )


def _relation(frame: Frame, one: RelationView) -> RelationLine:
    start = day(frame.lang, one.since)
    stated = frame.t("relations.record", authority=one.authority, member=one.member_name)
    if one.source:
        stated = f"{stated} · {frame.t('relations.relayed', source=one.source)}"
    return RelationLine(
        kind=word(frame.lang, "relation", one.kind),
        ends=tuple(
            EndLine(end.name, end.code, end.role, _page(frame, end.subject_id)) for end in one.ends
        ),
        role=frame.t("relations.role", role=one.role),
        period=frame.t("relations.since", start=start)
        if one.until is None
        else frame.t("relations.period", start=start, end=day(frame.lang, one.until)),
        matter=one.matter,
        past=not one.current,
        stated=stated,
        link=frame.url(f"/record/{one.origin}/{one.idx}"),
    )


def _identity(frame: Frame, one: IdentityView) -> IdentityLine:
    apart = one.overruled or one.judgement == "different"
    why = ""
    if one.on is not None:
        why = frame.t("identity.judged", by=one.by, on=day(frame.lang, one.on), why=one.why)
    said = "overruled" if one.overruled else one.judgement
    return IdentityLine(
        name=one.name,
        code=one.code,
        said=frame.t(f"identity.{said}"),
        why=why,
        mood="apart" if apart else "",
        link=_page(frame, one.subject_id) if apart else "",
        record=frame.url(f"/record/{one.origin}/{one.idx}") if one.origin else "",
    )


def _page(frame: Frame, subject_id: str) -> str:
    return frame.url(f"/subject/{subject_id}") if subject_id else ""
