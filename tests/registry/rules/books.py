"""The real book of the Nanjing area as text, patched variants of it, and facts about a firm.

Most tests patch its first four rules (R02, R06, R10, R15), each of a kind of its own, so that what
a patch does is not also done to their neighbours; ``whole`` is the book as it is published.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from importlib import resources

from registry.rules.compile import compile_book
from registry.rules.compiled import CompiledBook
from registry.rules.decide import decide
from registry.rules.language import Book
from registry.rules.load import load_book, read_book
from registry.rules.model import Adoption, Ask, Decision, Fact, FactRef, NamedPerson

MEMBERS = {"320100": "南京市", "321100": "镇江市", "340200": "芜湖市", "341100": "滁州市"}
FIRM = "s-firm"
PERSON = "s-person"
Patch = Mapping[str, tuple[tuple[str, str], ...]]


@cache
def text(name: str) -> str:
    """Return a file of the real book."""
    folder = resources.files("registry.rules") / "books" / "nanjing"
    return (folder / f"{name}.yaml").read_text(encoding="utf-8")


@cache
def core(name: str) -> str:
    """Return a file of the real book without what follows its first four rules."""
    content = text(name)
    if name == "rules":
        return content[: content.index("\n- key: R01")]
    if name == "measures":
        return (
            content[: content.index("  m-env-preference:")] + content[content.index("counting:") :]
        )
    return content


def files(**patches: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the files of the core with replacements (first occurrence each), which all fit."""
    return _patched(core, patches)


def _patched(source: Callable[[str], str], patches: Patch) -> dict[str, str]:
    result = {}
    for name in ("instruments", "measures", "rules", "catalogues"):
        content = source(name)
        for old, new in patches.get(name, ()):
            assert old in content, f"{name}.yaml no longer contains {old!r}"
            content = content.replace(old, new, 1)
        result[f"{name}.yaml"] = content
    return result


def book(**patches: tuple[tuple[str, str], ...]) -> Book:
    """Return the core of the real book, patched."""
    return load_book(files(**patches))


@cache
def whole() -> Book:
    """Return the real book."""
    return load_book(_patched(text, {}))


def whole_draft(**patches: tuple[tuple[str, str], ...]) -> Book:
    """Return the real book, patched so that it need not be lawful."""
    return read_book(_patched(text, patches))


def draft(**patches: tuple[tuple[str, str], ...]) -> Book:
    """Return the real book, patched so that it need not be lawful: no gate has seen it."""
    return read_book(files(**patches))


@cache
def real() -> CompiledBook:
    """Return the real book, compiled."""
    return compile_book(book())


def compiled(**patches: tuple[tuple[str, str], ...]) -> CompiledBook:
    """Return the real book, patched and compiled, lawful or not."""
    return compile_book(draft(**patches))


def ref(idx: int, origin: str = "log.example/wuhu") -> FactRef:
    entry = hashlib.sha512(f"{origin}{idx}".encode()).hexdigest()
    return FactRef(origin, idx, f"id-{idx}", entry)


def wages(idx: int = 1, **changes: object) -> Fact:
    """Return an entry into the wage-arrears list (R02)."""
    known: dict[str, object] = {
        "ref": ref(idx),
        "type": "list_entry",
        "subject_id": FIRM,
        "subject_kind": "organisation",
        "subject_name": "芜湖示例建设有限公司",
        "home": "340200",
        "authority": "芜湖市人力资源和社会保障局",
        "organ_kind": "人力资源社会保障行政部门",
        "member": "340200",
        "decided_on": date(2026, 3, 10),
        "listed_on": date(2026, 3, 10),
        "severity": "serious",
        "list": "wage-arrears",
        "list_name": "拖欠农民工工资失信联合惩戒对象名单",
        "list_family": "serious",
    }
    return Fact(**(known | changes))


def quality(idx: int = 2, **changes: object) -> Fact:
    """Return an entry into the market regulator's serious list for product quality (R06)."""
    known: dict[str, object] = {
        "list": "samr-serious",
        "list_name": "市场监督管理严重违法失信名单",
        "field": "product_quality",
        "organ_kind": "市场监督管理部门",
        "authority": "宣城市市场监督管理局",
        "decided_on": date(2026, 5, 20),
        "listed_on": date(2026, 5, 20),
    }
    return wages(idx, **(known | changes))


def grade_a(idx: int = 3, **changes: object) -> Fact:
    """Return an A grade of a taxpayer (R10)."""
    known: dict[str, object] = {
        "list": "tax-grade-a",
        "list_name": "A级纳税人名单",
        "list_family": "honour",
        "severity": "unclassified",
        "organ_kind": "税务机关",
        "authority": "国家税务总局宣城市税务局",
        "decided_on": date(2026, 4, 20),
        "published_on": date(2026, 4, 28),
        "listed_on": date(2026, 4, 28),
    }
    return wages(idx, **(known | changes))


def act(kind: str, idx: int, target: FactRef | None, **changes: object) -> Fact:
    """Return an act upon a record."""
    known: dict[str, object] = {
        "type": kind,
        "target": target,
        "list_family": "",
        "list_name": "",
        "list": "",
        "listed_on": None,
        "severity": "unclassified",
    }
    return wages(idx, **(known | changes))


def person(role: str = "法定代表人") -> NamedPerson:
    return NamedPerson("张示例", role, PERSON)


def adoption(rule: str, member: str = "321100", **changes: object) -> Adoption:
    known: dict[str, object] = {
        "rule": rule,
        "edition": "2026-1",
        "member": member,
        "organ": "示例机关",
        "instrument": "示例〔2026〕1号",
        "start": date(2026, 5, 1),
    }
    return Adoption(**(known | changes))


ADOPTED = (
    adoption("R02"),
    adoption("R06"),
    adoption("R10", "320100", allows=("i-gap-acceptance", "i-green-channel")),
)


def ask(matter: str = "public_funds", on: date = date(2026, 6, 1), **changes: object) -> Ask:
    known: dict[str, object] = {
        "subject_id": FIRM,
        "subject_kind": "organisation",
        "territory": "321100",
        "matter": matter,
        "on": on,
    }
    return Ask(**(known | changes))


def answer(
    facts: list[Fact] | tuple[Fact, ...],
    question: Ask,
    use: CompiledBook | None = None,
    adopted: tuple[Adoption, ...] = ADOPTED,
) -> Decision:
    """Decide with the real book and the usual adoptions unless others are given."""
    return decide(use or real(), adopted, facts, question, MEMBERS)
