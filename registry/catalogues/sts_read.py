"""Metadata of NISO STS read into fields of a `standard` record; see `sts_write` for what is known.

Read are ``standard`` and ``adoption`` with any of the metadata blocks; the text of the standard is
passed over. Texts come back on one line.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from registry.catalogues.cells import (
    Fields,
    number_in,
    read_classes,
    read_day,
    read_stage,
    read_title,
)
from registry.catalogues.problems import Summary, Told
from registry.catalogues.reading import CatalogueRow
from registry.catalogues.sts_write import DATES, REFERENCES
from registry.catalogues.sts_xml import Node, read_xml
from registry.errors import MalformedRefusal
from registry.standards.stated import StatedNumber

_METAS: Final = ("std-meta", "nat-meta", "reg-meta", "iso-meta", "std-doc-meta")
_OBLIGATIONS: Final = ("mandatory", "voluntary", "guidance")
_STATES: Final = ("upcoming", "in_force", "void")
_DEGREES: Final = ("IDT", "MOD", "NEQ", "EQV")
_REPLACES: Final = {
    "supersedes": "replaces",
    "replaces": "replaces",
    "revises": "replaces",
    "isSupersededBy": "replaced_by",
    "isReplacedBy": "replaced_by",
}


class StsFile:
    """One document as a catalogue of one row; raises as `read_sts`."""

    def __init__(self, data: bytes) -> None:
        """Read the document."""
        self._fields, self._told = read_sts(data)
        codes = Counter(problem.code for problem in self._told.problems)
        self.summary = Summary(1, int(self._fields is not None), codes)

    def rows(self) -> Iterator[CatalogueRow]:
        """Yield its only row."""
        yield CatalogueRow(1, self._fields, tuple(self._told.problems))


def read_sts(data: bytes) -> tuple[Fields | None, Told]:
    """Return the edition that a document describes or None, and what is odd, by element.

    Raises:
        Refusal: no XML, hostile, too large, or no document of the suite.
    """
    root = read_xml(data)
    front = root.first("front", "adoption-front")
    meta = front.first(*_METAS) if front else None
    if root.name not in {"standard", "adoption"} or meta is None:
        raise MalformedRefusal(
            f"根元素 {root.name} 不是 NISO STS 文件，或没有元数据；应当：standard 或 adoption，"
            f"其 front 中有 {'、'.join(_METAS)} 之一",
            f"the root {root.name} is no NISO STS document, or has no metadata; right is: standard"
            f" or adoption with one of {', '.join(_METAS)} in its front",
            code="no-sts",
        )
    told = Told(1)
    fields = _fields(root, meta, told)
    return (None if told.stops else fields), told


def _fields(root: Node, meta: Node, told: Told) -> Fields:
    number = number_in({"std-ref": _reference(meta)}, "std-ref", told)
    titles = {one.attributes.get("lang", ""): _title(one) for one in meta.all("title-wrap")}
    title = titles.get("zh") or next(iter(titles.values()), "")
    fields: Fields = {"title": read_title({"title-wrap": title}, "title-wrap", told)}
    _set(fields, "title_en", titles.get("en", ""))
    if number is not None:
        fields["number"] = number.normal
        said = meta.said("std-ident", "doc-type")
        fields["obligation"] = said if said in _OBLIGATIONS else number.obligation
    _set(fields, "owner", meta.said("std-org", "std-org-name"))
    for one in meta.all("release-date"):
        name = DATES.get(one.attributes.get("date-type", ""))
        if name:
            text = one.attributes.get("iso-8601-date") or one.text
            _set(fields, name, read_day({"release-date": text}, "release-date", told))
    classes = ";".join(one.said() for one in meta.all("ics"))
    _set(fields, "ics", read_classes({"ics": classes}, "ics", told))
    _relate(fields, meta, number, told)
    _customise(fields, meta, told)
    if root.name == "adoption":
        _nested(fields, root, told)
    return fields


def _reference(meta: Node) -> str:
    """Return the dated reference, or the undated one, or what the identification says."""
    by_type = {one.attributes.get("type", ""): one.said() for one in meta.all("std-ref")}
    found = by_type.get("dated") or by_type.get("undated") or by_type.get("")
    if found:
        return found
    number, part = (meta.said("std-ident", name) for name in ("doc-number", "part-number"))
    whole = f"{number}-{part}" if part else number
    return f"{meta.said('std-ident', 'originator')} {whole}".strip()


def _title(wrap: Node) -> str:
    return wrap.said("full") or wrap.said("main") or wrap.said("main-title-wrap", "main")


def _relate(fields: Fields, meta: Node, number: StatedNumber | None, told: Told) -> None:
    mine = number.normal if number else ""
    references: list[str] = []
    relations: dict[str, list[Fields]] = {"replaces": [], "replaced_by": []}
    for one in meta.all("std-xref"):
        kind = one.attributes.get("type", "")
        if kind != REFERENCES and kind not in _REPLACES:
            continue
        other = number_in({"std-xref": one.said("std-ref")}, "std-xref", told)
        if other is None:
            continue
        name = other.normal
        if kind == REFERENCES:
            references.append(name)
        elif name == mine:
            told.tell("std-xref", "replaces-itself", name, mine)
        else:
            relations[_REPLACES[kind]].append(_relation(name, one))
    for name, found in relations.items():
        _set(fields, name, found[:200])
    _set(fields, "references", references[:500])


def _relation(name: str, xref: Node) -> Fields:
    use = xref.attributes.get("specific-use", "")
    relation: Fields = {"number": name, "extent": "part" if use.startswith("part") else "whole"}
    if clauses := use.removeprefix("part").lstrip(": "):
        relation["clauses"] = clauses
    return relation


def _customise(fields: Fields, meta: Node, told: Told) -> None:
    group = meta.first("custom-meta-group") or Node("", {}, "", [])
    told_here: dict[str, list[str]] = {}
    for one in group.all("custom-meta"):
        told_here.setdefault(one.said("meta-name"), []).append(one.said("meta-value"))
    for state in told_here.get("state", ()):
        if state not in _STATES:
            told.tell("state", "word-unknown", state, ", ".join(_STATES))
        _set(fields, "state", state)
    stage = "".join(told_here.get("stage", ())[:1])
    _set(fields, "stage", read_stage({"stage": stage}, "stage", told))
    _set(fields, "application", "".join(told_here.get("application", ())[:1]))
    _set(fields, "drafted_by", told_here.get("drafted_by", [])[:100])
    ccs = ";".join(told_here.get("ccs", ()))
    _set(fields, "ccs", read_classes({"ccs": ccs}, "ccs", told))
    adopted = (_adopted(text, told) for text in told_here.get("adopts", ()))
    _set(fields, "adopts", [one for one in adopted if one][:20])


def _adopted(text: str, told: Told) -> Fields | None:
    said, _, degree = text.rpartition(" ")
    if degree not in _DEGREES:
        told.tell("adopts", "word-unknown", text, "ISO 9001:2015 IDT")
        return None
    number = number_in({"adopts": said}, "adopts", told)
    return {"number": number.normal, "degree": degree} if number else None


def _nested(fields: Fields, root: Node, told: Told) -> None:
    """Tell an adopted standard that is nested without a degree: which it is nobody may guess."""
    inner = root.first("standard", "adoption")
    front = inner.first("front", "adoption-front") if inner else None
    meta = front.first(*_METAS) if front else None
    if meta and "adopts" not in fields:
        told.tell("adoption", "degree-unstated", _reference(meta))


def _set(fields: Fields, name: str, value: object) -> None:
    if value:
        fields[name] = value
