"""What a check finds before its line is known, and the words in which the gate refuses.

``gate.toml`` has for each code the words, the law they rest on with how well it was read, and what
would be right; a refusal names the rule, the basis the draft relies on and that law.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path as File
from typing import NamedTuple

import msgspec
from msgspec import Struct

from registry.rules.check_fields import cited_by_fields
from registry.rules.defects import Path
from registry.rules.instruments import UNCONFIRMED, article_zh, split_citation
from registry.rules.language import Book, Rule, given
from registry.rules.terms import Level, Read

RULES, MEASURES, INSTRUMENTS = "rules.yaml", "measures.yaml", "instruments.yaml"
CATALOGUES = "catalogues.yaml"


class Law(Struct, frozen=True, forbid_unknown_fields=True):
    """A law a refusal rests on."""

    zh: str
    en: str
    read: Read


class Refused(Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one refusal."""

    zh: str
    en: str
    law: str
    right: str


class Favour(Struct, frozen=True, forbid_unknown_fields=True):
    """A favour no rule may give, and how to know it."""

    gives: str
    matters: tuple[str, ...]
    words: tuple[str, ...]


class Probes(Struct, frozen=True, forbid_unknown_fields=True):
    """With which homes the same records are tried."""

    homes: tuple[str, ...]


class Gate(Struct, frozen=True, forbid_unknown_fields=True):
    """``gate.toml``."""

    law: dict[str, Law]
    refused: dict[str, Refused]
    levels: dict[Level, str]
    favours: dict[str, Favour]
    probes: Probes


GATE = msgspec.toml.decode(File(__file__).with_name("gate.toml").read_bytes(), type=Gate)
_UNREAD_ZH: Mapping[str, str] = {"secondary": "（经转引）", "unconfirmed": "（待核实）"}
_UNREAD_EN: Mapping[str, str] = {"secondary": " (second hand)", "unconfirmed": " (not confirmed)"}


class Finding(NamedTuple):
    """A defect before its line is known."""

    path: Path
    code: str
    zh: str
    en: str
    expected: str
    file: str = RULES


class Named(NamedTuple):
    """What a refusal names: the rule, what is refused, what it relies on, what was found."""

    rule: str = ""
    what: str = ""
    basis: str = ""
    more: str = ""


def unlawful(code: str, path: Path, named: Named, file: str = RULES) -> Finding:
    """Return a refusal of the gate in its words, with the law it rests on."""
    words = GATE.refused[code]
    law = GATE.law[words.law]
    fill = named._asdict()
    zh, en = words.zh.format(**fill), words.en.format(**fill)
    if named.rule:
        zh, en = f"规则{named.rule}：{zh}", f"rule {named.rule}: {en}"
    zh = f"{zh}；见{law.zh}{_UNREAD_ZH.get(law.read, '')}"
    en = f"{en}; see {law.en}{_UNREAD_EN.get(law.read, '')}"
    return Finding(path, code, zh, en, words.right.format(**fill), file)


def name_of(rule: Rule) -> str:
    """Return how a rule is named in a refusal."""
    return f"{rule.key}（{rule.edition}）"


def cited_zh(book: Book, citation: str) -> str:
    """Return title and article of a citation, or the citation itself where it leads nowhere."""
    key, article = split_citation(citation)
    instrument = book.instruments.get(key)
    if instrument is None:
        return citation
    return f"《{instrument.title}》{article_zh(article)}"


def measure_name(book: Book, key: str) -> str:
    """Return the name of a measure, or its key where there is none."""
    measure = book.measures.get(key)
    return measure.name if measure else key


def dangling(path: Path, what: str, expected: str, file: str = RULES) -> Finding:
    """Return that a reference leads nowhere."""
    texts = (f"引用的{what}不存在", f"{what} does not exist")
    return Finding(path, "dangling", *texts, expected, file)


def cited(rule: Rule) -> Iterator[tuple[Path, str]]:
    """Yield every citation of a rule with its path inside the rule."""
    term, display = given(rule.period.if_no_listed_until), given(rule.period.display)
    if term:
        yield ("period", "if_no_listed_until", "basis"), term.basis
    if display:
        yield ("period", "display", "rule"), display.rule
    yield from cited_by_fields(rule)
    for index, use in enumerate(rule.measures):
        yield ("measures", index, "basis"), use.basis
        second = given(use.second_basis)
        if second and second.cite != UNCONFIRMED:
            yield ("measures", index, "second_basis", "cite"), second.cite
    for index, stop in enumerate(rule.defeated_by):
        basis = given(stop.basis)
        if basis:
            yield ("defeated_by", index, "basis"), basis
