"""The reference of the record format, generated from the types: what a record of each may say."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from registry.domain.records import KINDS
from registry.domain.records.reference import Member, inner_of, members_of
from registry.errors import NotFoundRefusal
from registry.forms.columns import FORMS
from registry.pages.frame import Frame
from registry.pages.words import joined, word

_FILES = frozenset({"attachments"})
"""What no cell holds: files, named by digest and size, that are sent beside their record."""
_LISTS = frozenset({"rows", "items"})
"""Nor lists of objects with several columns, as long as they may be."""
FrameDep = NamedDependency[SkipValidation[Frame]]


@get("/types", include_in_schema=False, sync_to_thread=False)
def types(frame: FrameDep) -> Response[str]:
    """All types by family."""
    families: dict[str, list[dict[str, str]]] = {}
    for name, kind in KINDS.items():
        row = {
            "name": name,
            "title": word(frame.lang, "type", name),
            "link": frame.url(f"/types/{name}"),
            "audience": frame.t(f"types.audience-{kind.audience}"),
        }
        families.setdefault(frame.t(f"types.family-{kind.family}"), []).append(row)
    return frame.page("types.html", families=families)


@get("/types/{name:str}", include_in_schema=False, sync_to_thread=False)
def one_type(name: FromPath[str], frame: FrameDep) -> Response[str]:
    """One type, member by member."""
    if name not in KINDS:
        zh, en = "没有这种信息类别。", "There is no such record type."
        raise NotFoundRefusal(zh, en, code="unknown-type")
    kind = KINDS[name]
    return frame.page(
        "type.html",
        title=word(frame.lang, "type", name),
        name=name,
        family=frame.t(f"types.family-{kind.family}"),
        audience=frame.t(f"types.audience-{kind.audience}"),
        sheet=_sheet(frame, name),
        members=[
            _row(frame, one)
            for member in members_of(name)
            for one in (member, *inner_of(name, member.name))
        ],
    )


def _sheet(frame: Frame, name: str) -> str:
    """Say how a clerk writes the template of a type, or why there is none and what to do."""
    if name in FORMS:
        return frame.t("types.template", command=f"registry template {name} {name}.xlsx")
    lacking = [member for member in members_of(name) if member.name in _FILES | _LISTS]
    named = joined(frame.lang, [one.zh if frame.lang == "zh" else one.en for one in lacking])
    lists = all(one.name in _LISTS for one in lacking)
    return frame.t("types.no-template-lists" if lists else "types.no-template", members=named)


def _row(frame: Frame, member: Member) -> dict[str, object]:
    zh = frame.lang == "zh"
    form = member.form_zh if zh else member.form_en
    if member.choices:
        last = member.name.rpartition(".")[2]
        form = joined(frame.lang, [_choice(frame, last, one) for one in member.choices])
    elif member.longest is not None:
        bound = "types.most" if member.form_en == "list" else "types.longest"
        form = f"{form}{frame.t(bound, most=member.longest)}"
    return {
        "name": member.name,
        "label": member.zh if zh else member.en,
        "form": form,
        "required": member.required,
    }


def _choice(frame: Frame, member: str, code: str) -> str:
    named = word(frame.lang, member, code)
    return code if named == code else f"{code} ({named})"
