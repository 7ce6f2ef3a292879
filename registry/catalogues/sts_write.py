"""An edition as metadata of NISO STS (ANSI/NISO Z39.102), without the text of the standard.

How well the suite is known here: names and order of elements are those that published converters
and their descriptions show (mnconvert, sts-ruby); the schema itself was not read, and nothing was
validated against it. What the suite has no place for (state, stage, CCS, degrees of adoption other
than nesting) stands in ``custom-meta-group``. A document that adopts another (IDT, MOD) is an
``adoption`` around the ``standard`` that it adopts; NEQ is no adoption and is not nested.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from registry.catalogues.cells import Fields
from registry.standards.numbers import StandardNumber, format_number, identity_of, kind_of, parse

META: Final[Mapping[str, str]] = {"national": "nat-meta", "regional": "reg-meta"}
"""Who issued it: a nation, a region (here one inside a nation), or somebody else: ``std-meta``."""
DATES: Final[Mapping[str, str]] = {
    "published": "issued_on",
    "effective": "effective_on",
    "withdrawn": "void_on",
}
RELATIONS: Final[Mapping[str, str]] = {
    "supersedes": "replaces",
    "isSupersededBy": "replaced_by",
}
REFERENCES: Final = "normativelyReferences"
CUSTOM: Final = ("state", "stage", "application")
_NO_CHARACTER: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ADOPTED: Final = frozenset({"IDT", "MOD"})


def write_sts(fields: Fields) -> bytes:
    """Return an edition, in fields of a `standard` record, as a document in UTF-8."""
    number = parse(str(fields["number"]))
    meta = _meta(fields, number)
    adopted = [one["number"] for one in _each(fields, "adopts") if one["degree"] in ADOPTED]
    if adopted:
        inner = "".join(_bare(parse(str(one))) for one in adopted[:1])
        root = _element("adoption", _element("adoption-front", meta) + inner, lang="zh")
    else:
        root = _element("standard", _element("front", meta), lang="zh")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'.encode()


def _bare(number: StandardNumber) -> str:
    """Return the adopted standard, of which nothing but its number is stated."""
    return _element("standard", _element("front", _element("std-meta", _ident(number))))


def _meta(fields: Fields, number: StandardNumber) -> str:
    parts = [_title(str(fields["title"]), "zh")]
    if "title_en" in fields:
        parts.append(_title(str(fields["title_en"]), "en"))
    parts.append(_ident(number, str(fields["obligation"])))
    if "owner" in fields:
        parts.append(_element("std-org", _element("std-org-name", _text(str(fields["owner"])))))
    for kind, name in DATES.items():
        if name in fields:
            day = str(fields[name])
            dated = {"date-type": kind, "iso-8601-date": day}
            parts.append(_element("release-date", _text(day), **dated))
    parts += [_element("ics", _text(str(one))) for one in _items(fields, "ics")]
    parts += _relations(fields)
    if custom := "".join(_custom(fields)):
        parts.append(_element("custom-meta-group", custom))
    return _element(META.get(kind_of(number), "std-meta"), "".join(parts))


def _title(text: str, language: str) -> str:
    main = _element("main", _text(text))
    return _element("title-wrap", main + _element("full", _text(text)), lang=language)


def _ident(number: StandardNumber, obligation: str = "") -> str:
    told = [("originator", number.prefix), ("doc-type", obligation or number.nature)]
    told += [("doc-number", number.number), ("part-number", number.part)]
    told += [("version", str(number.year or "")), ("suppl-number", number.amendment)]
    ident = "".join(_element(name, _text(text)) for name, text in told if text)
    dated = _ref(format_number(number)) if number.year else ""
    return _element("std-ident", ident) + dated + _ref(identity_of(number))


def _ref(text: str) -> str:
    dated = "dated" if parse(text).year else "undated"
    return _element("std-ref", _text(text), type=dated)


def _relations(fields: Fields) -> Iterator[str]:
    for kind, name in RELATIONS.items():
        for one in _each(fields, name):
            marks = {"type": kind}
            if one["extent"] == "part":
                marks["specific-use"] = f"part: {one.get('clauses', '')}".strip(" :")
            yield _element("std-xref", _ref(str(one["number"])), **marks)
    for text in _items(fields, "references"):
        yield _element("std-xref", _ref(str(text)), type=REFERENCES)


def _custom(fields: Fields) -> Iterator[str]:
    told: list[tuple[str, str]] = [(name, str(fields[name])) for name in CUSTOM if name in fields]
    told += [("ccs", str(one)) for one in _items(fields, "ccs")]
    told += [("drafted_by", str(one)) for one in _items(fields, "drafted_by")]
    told += [("adopts", f"{one['number']} {one['degree']}") for one in _each(fields, "adopts")]
    for name, text in told:
        named = _element("meta-name", _text(name)) + _element("meta-value", _text(text))
        yield _element("custom-meta", named)


def _element(tag: str, content: str, *, lang: str = "", **attributes: str) -> str:
    marks = {"xml:lang": lang, **attributes} if lang else attributes
    said = "".join(f" {name}={quoteattr(_possible(text))}" for name, text in marks.items())
    return f"<{tag}{said}>{content}</{tag}>"


def _text(text: str) -> str:
    return escape(_possible(text))


def _possible(text: str) -> str:
    """Return a text in which nothing is left that XML cannot hold at all (XML 1.0, 2.2)."""
    return _NO_CHARACTER.sub("\ufffd", text)


def _items(fields: Fields, name: str) -> Sequence[object]:
    value = fields.get(name, ())
    return value if isinstance(value, list | tuple) else ()


def _each(fields: Fields, name: str) -> list[Fields]:
    return [one for one in _items(fields, name) if isinstance(one, dict)]
