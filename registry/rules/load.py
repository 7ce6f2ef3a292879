"""Text to book: read, validate against the schema, build, check; every defect at once.

``load_book`` is the way to a ``Book`` in use: whatever it returns has passed the schema of the
language and every legality check. ``read_book`` returns a draft.
"""

# pyright: basic
# (jsonschema declares the instances and schemas of its errors only in part)

import re
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches

import msgspec
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from registry.rules.check import check_book
from registry.rules.defects import Defect, Path, RuleBookError, order, pointer
from registry.rules.findings import Named, unlawful
from registry.rules.language import Book, InstrumentsFile, MeasuresFile, RulesFile, schema
from registry.rules.lawful import CataloguesFile
from registry.rules.reader import Plain, Source, line_of, read
from registry.rules.terms import Term

FILES: dict[str, type[Term]] = {
    "instruments.yaml": InstrumentsFile,
    "measures.yaml": MeasuresFile,
    "rules.yaml": RulesFile,
}
OPTIONAL: dict[str, type[Term]] = {"catalogues.yaml": CataloguesFile}
BESIDE = "cases.yaml"  # travels with the book, read by ``cases.run_cases``

_FORMATS = FormatChecker(())


@_FORMATS.checks("date")
def _is_date(value: object) -> bool:
    """Accept YYYY-MM-DD of a real day only (the short ISO forms are refused)."""
    if not isinstance(value, str):
        return True
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is not None


_VALIDATORS = {
    kind: Draft202012Validator(schema(kind), format_checker=_FORMATS)
    for kind in (FILES | OPTIONAL).values()
}

_CODES = {
    "required": ("missing-field", "缺少必填项", "a required member is missing"),
    "additionalProperties": ("unknown-field", "未知字段", "unknown member"),
    "enum": ("unknown-value", "取值不在范围内", "value outside the enumeration"),
    "const": ("unknown-value", "取值不在范围内", "value outside the enumeration"),
    "type": ("wrong-type", "类型不符", "wrong type"),
    "format": ("bad-date", "日期不正确", "not a date"),
    "pattern": ("bad-form", "写法不正确", "not of the right form"),
}
_OTHER = ("out-of-range", "长度或数量不在范围内", "length or number out of range")


def validate(source: Source, kind: type[Term]) -> list[Defect]:
    """Return every place where a file does not follow the schema of its kind."""
    validator = _VALIDATORS.get(kind) or Draft202012Validator(schema(kind), format_checker=_FORMATS)
    return [
        defect for error in validator.iter_errors(source.data) for defect in _explain(error, source)
    ]


def _explain(error: ValidationError, source: Source) -> Iterator[Defect]:
    """Turn one schema error into defects with line, code, texts and what would be right."""
    if error.context:
        # Of several allowed forms, speak of the one that the writer came closest to.
        error = max(error.context, key=lambda e: (len(e.absolute_path), e.validator != "type"))
    path: Path = tuple(error.absolute_path)
    code, zh, en = _CODES.get(str(error.validator), _OTHER)
    for name, expected in _particulars(error):
        here = (*path, name) if name else path
        line = line_of(source.lines, here)
        if name == "basis" and code == "missing-field" and "measures" in path:
            # Not a slip of form: nobody may be burdened without a law that says so.
            _, *said, _ = unlawful("no-basis", here, Named(what=_used(error.instance)))
            yield Defect(source.file, line, pointer(here), *said)
        else:
            yield Defect(source.file, line, pointer(here), code, zh, en, expected)


def _used(instance: object) -> str:
    """Return which measure a row of a rule uses."""
    return str(_member(instance, "use") or "")


def _particulars(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Yield (member name or empty, what would be right) for one schema error."""
    if error.validator == "required":
        name = error.message.split("'")[1]
        yield name, name
    elif error.validator == "additionalProperties":
        allowed = _names(_member(error.schema, "properties"))
        for name in _names(error.instance):
            if name not in allowed:
                yield name, ", ".join(get_close_matches(name, allowed) or allowed)
    elif error.validator == "enum":
        yield "", " | ".join(str(value) for value in _values(error.validator_value))
    elif error.validator == "format":
        yield "", "YYYY-MM-DD"
    else:
        quoted = "（加引号）" if isinstance(error.instance, int | float) else ""
        yield "", f"{error.validator} {error.validator_value}{quoted}"


def _member(value: object, name: str) -> object:
    """Return a member of an object, None of anything else."""
    return value.get(name) if isinstance(value, Mapping) else None


def _names(instance: object) -> list[str]:
    """Return the member names of an object, none of anything else."""
    return [*instance] if isinstance(instance, Mapping) else []


def _values(values: object) -> list[object]:
    """Return the values of an enumeration."""
    return [*values] if isinstance(values, list) else [values]


def _sources(files: Mapping[str, str | bytes]) -> tuple[dict[str, Source], list[Defect]]:
    """Read the files of a book; unknown and missing ones are defects."""
    sources: dict[str, Source] = {}
    defects: list[Defect] = []
    names = {name.rsplit("/", 1)[-1]: name for name in files}
    for name in sorted(names.keys() - FILES.keys() - OPTIONAL.keys() - {BESIDE}):
        texts = ("未知文件", "unknown file")
        defects.append(Defect(names[name], 0, "", "unknown-file", *texts, ", ".join(FILES)))
    for name, kind in (FILES | OPTIONAL).items():
        if name in OPTIONAL and name not in names:
            continue
        if name not in names:
            texts = ("缺少文件", "the file is missing")
            defects.append(Defect(name, 0, "", "missing-file", *texts, name))
            continue
        source, found = read(names[name], files[names[name]])
        defects += found
        if source is not None:
            defects += validate(source, kind)
            sources[name] = source
    return sources, defects


def read_book(files: Mapping[str, str | bytes]) -> Book:
    """Return a book of the right form that no check of law has seen: a draft, not to be used.

    Raises ``RuleBookError`` with every defect of form.
    """
    sources, defects = _sources(files)
    if defects:
        raise RuleBookError(sorted(defects, key=order))
    law = msgspec.convert(sources["instruments.yaml"].data, InstrumentsFile)
    acts = msgspec.convert(sources["measures.yaml"].data, MeasuresFile)
    rules = msgspec.convert(sources["rules.yaml"].data, RulesFile)
    lists = sources.get("catalogues.yaml")
    return Book(
        instruments=law.instruments,
        measures=acts.measures,
        counting=acts.counting,
        rules=rules.rules,
        principles=rules.principles,
        adoptions=rules.adoptions,
        catalogues=msgspec.convert(lists.data, CataloguesFile).catalogues if lists else (),
        lines={name: source.lines for name, source in sources.items()},
    )


def load_book(files: Mapping[str, str | bytes]) -> Book:
    """Return the checked book of ``instruments.yaml``, ``measures.yaml`` and ``rules.yaml``.

    Names may carry a folder; ``catalogues.yaml`` and ``cases.yaml`` may be among them. Raises
    ``RuleBookError`` with every defect: those of form first, those of law once the form is right.
    """
    book = read_book(files)
    found = check_book(book)
    if found:
        raise RuleBookError(sorted(found, key=order))
    return book


__all__ = ["FILES", "OPTIONAL", "Plain", "load_book", "read_book", "validate"]
