"""Cases in a small language: given these records, asked this, the answer says that.

A record is written with the members that matter; the rest is filled in so that it would count: the
organ of the territory, its own log, all products, full degree. A record of another place or organ
says so with ``log`` and ``organ``. Every case is answered a second time from the records in the
opposite order, and a third time from its bundle: the bytes must be the same.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from registry.domain.records import Record, canonical, read_main
from registry.domain.records.standards import (
    ConformityResult,
    LaboratoryScope,
    ResultAcceptance,
)
from registry.standards.answer import answer
from registry.standards.bundle import FIELD_OF, ReplayRefusal, encode_bundle, replay
from registry.standards.model import Answer, Ask, Known, Ref, Stated
from registry.standards.results import may_serve

Members = dict[str, Any]
Placed = Stated[Any]
Given = dict[str, Members]
"""One record: its type, and the members that are not as is filled in."""

_PLAIN: Final = (
    *("verdict", "edition", "edition_state", "replaced_by", "mutual", "until"),
    *("changes_on", "to_be_reviewed_by", "instrument", "organ", "degree"),
    *("conditions", "exclusions", "evidence_needed", "reasons", "contact"),
)


class Expected(Struct, frozen=True, forbid_unknown_fields=True):
    """What is compared: members of the answer word for word, where they are written.

    ``nearest`` are lines ``number why verdict``, all of them in order; ``laws`` are keys that must
    be among the provisions; ``says`` and ``never`` are parts of its sentences, in either language;
    ``chain`` are ids of records in their order; ``serves`` are the reasons of `may_serve`.
    """

    verdict: str | UnsetType = UNSET
    edition: str | UnsetType = UNSET
    edition_state: str | UnsetType = UNSET
    replaced_by: tuple[str, ...] | UnsetType = UNSET
    mutual: bool | UnsetType = UNSET
    until: date | UnsetType | None = UNSET
    changes_on: date | UnsetType | None = UNSET
    to_be_reviewed_by: date | UnsetType | None = UNSET
    instrument: str | UnsetType = UNSET
    organ: str | UnsetType = UNSET
    degree: str | UnsetType = UNSET
    conditions: tuple[str, ...] | UnsetType = UNSET
    exclusions: tuple[str, ...] | UnsetType = UNSET
    evidence_needed: tuple[str, ...] | UnsetType = UNSET
    reasons: tuple[str, ...] | UnsetType = UNSET
    contact: str | UnsetType = UNSET
    nearest: tuple[str, ...] | UnsetType = UNSET
    chain: tuple[str, ...] | UnsetType = UNSET
    serves: tuple[str, ...] | UnsetType = UNSET
    laws: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """One case; ``world`` names records that several share, ``given`` are its own.

    Of ``ask`` only what is not as the file says for all its cases.
    """

    name: str
    expect: Expected
    ask: Members = {}
    world: str = ""
    given: tuple[Given, ...] = ()


class CasesFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A file: records by the name of their world, what all questions share, and the cases."""

    cases: tuple[Case, ...]
    worlds: dict[str, tuple[Given, ...]] = {}
    ask: Members = {}


class CaseResult(Struct, frozen=True):
    """What became of a case: every way in which it was not as expected, and the answer."""

    name: str
    failures: tuple[str, ...]
    answer: Answer


def run_cases(data: object) -> tuple[CaseResult, ...]:
    """Run every case of a file as read.

    Raises:
        msgspec.ValidationError: the file is not in the language; the text names the place.
    """
    file = msgspec.convert(data, CasesFile, strict=False)
    return tuple(_run(case, file) for case in file.cases)


def _run(case: Case, file: CasesFile) -> CaseResult:
    records = [*file.worlds.get(case.world, ()), *case.given]
    stated = records_of(records)
    ask = msgspec.convert({**file.ask, **case.ask}, Ask)
    known = known_of(stated)
    got = answer(ask, known)
    failures = (*_differences(case.expect, got), *_unequal(ask, known, got))
    if case.expect.serves is not UNSET:
        reasons = tuple(_reasons(stated, ask))
        failures += _compared("serves", reasons, case.expect.serves)
    return CaseResult(case.name, failures, got)


def _reasons(stated: list[Placed], ask: Ask) -> Iterator[str]:
    """Yield the codes for which the one result does not serve under the one acceptance."""
    every = [one.record for one in stated]
    (acceptance,) = (one for one in every if isinstance(one, ResultAcceptance))
    (result,) = (one for one in every if isinstance(one, ConformityResult))
    scopes = [one for one in every if isinstance(one, LaboratoryScope)]
    for reason in may_serve(acceptance, result, scopes, ask.on, ask.product):
        yield reason.code


def _unequal(ask: Ask, known: Known, got: Answer) -> Iterator[str]:
    """Yield what depends on the order of the records, or does not come out of the bundle."""
    turned = Known(**{field: getattr(known, field)[::-1] for field in Known.__struct_fields__})
    if msgspec.json.encode(answer(ask, turned)) != msgspec.json.encode(got):
        yield "次序不同结果不同 / depends on the order of the records"
    try:
        replay(encode_bundle(ask, turned, got))
    except ReplayRefusal as refusal:
        yield f"重演结果不同 / its bundle replays otherwise: {refusal.what}"


def _differences(expected: Expected, got: Answer) -> Iterator[str]:
    """Yield every way in which an answer is not as expected."""
    for field in _PLAIN:
        yield from _compared(field, getattr(got, field), getattr(expected, field))
    near = tuple(f"{one.number} {one.why} {one.verdict}" for one in got.nearest)
    yield from _compared("nearest", near, expected.nearest)
    yield from _compared("chain", tuple(step.ref.id for step in got.chain), expected.chain)
    laws = {one.key for one in got.statutes}
    yield from (f"缺少规定 / missing law: {one}" for one in expected.laws if one not in laws)
    said = msgspec.json.encode(got).decode()
    yield from (f"未说明 / not said: {one}" for one in expected.says if one not in said)
    yield from (f"不得出现 / said: {one}" for one in expected.never if one in said)


def _compared(field: str, got: object, wanted: object) -> tuple[str, ...]:
    if wanted is UNSET or got == wanted:
        return ()
    return (f"{field}: {got}，应为 / expected: {wanted}",)


def known_of(stated: list[Placed]) -> Known:
    """Return what is known of records; results and scopes are not part of it."""
    found: dict[str, list[Placed]] = {field: [] for field in Known.__struct_fields__}
    for one in stated:
        field = FIELD_OF.get(type(one.record))
        if field is not None:
            found[field].append(one)
    return Known(**{field: tuple(held) for field, held in found.items()})


def records_of(given: list[Given]) -> list[Placed]:
    """Return the records of a case at their places: each the next of its log."""
    sizes: dict[str, int] = {}
    made: dict[str, Placed] = {}
    for number, line in enumerate(given):
        if len(line) != 1:
            raise msgspec.ValidationError(f"a record has exactly one type: {', '.join(line)}")
        ((kind, members),) = line.items()
        one = _stated(kind, dict(members), number, sizes, made)
        made[one.ref.id] = one
    return list(made.values())


def _stated(
    kind: str,
    members: Members,
    number: int,
    sizes: dict[str, int],
    made: Mapping[str, Placed],
) -> Placed:
    named = members.pop("of", "")
    of = made.get(named)
    if named and of is None:
        raise msgspec.ValidationError(f"no record {named!r} stands before the one that names it")
    place = str(members.get("territory", "320100"))
    member = str(members.pop("log", of.member if of else place))
    organ = members.pop("organ", None) or (
        msgspec.to_builtins(of.record.authority)
        if of
        else {"name": f"{place}市场监督管理局", "division": place}
    )
    if of is not None:
        target = {"origin": of.ref.origin, "id": of.ref.id, "entry": of.ref.entry}
        members = {"target": target, "number": of.record.number, **members}
    main = {**_common(kind, members, number, organ), **members}
    record: Record = read_main(main)
    origin = f"logs.example/{member or 'region'}"
    idx = sizes[origin] = sizes.get(origin, -1) + 1
    entry = sha256(canonical(record)).hexdigest() + "0" * 64
    return Stated(Ref(origin, idx, record.id, entry), member, record)


def _common(
    kind: str, members: Mapping[str, object], number: int, organ: Mapping[str, object]
) -> Members:
    """Return what is filled in where a case does not write it."""
    names = ("decided_on", "in_force_from", "effective_on", "reviewed_on", "issued_on")
    day = next((members[name] for name in names if name in members), "2020-01-01")
    common: Members = {
        "v": 1,
        "type": kind,
        "id": f"{kind}-{number}",
        "salt": f"{number:032x}",
        "subject": {"kind": "organisation", "name": "某标准化机构"},
        "authority": organ,
        "source_unit": {"name": "某标准化机构"},
        "decided_on": day,
        "publication": "public",
        "severity": {"class": "unclassified"},
        "provenance": {"kind": "original"},
    }
    return {**common, **_OF_TYPE.get(kind, {})}


_OF_TYPE: Final[Mapping[str, Mapping[str, object]]] = {
    "standard": {"title": "某产品通用要求", "obligation": "voluntary"},
    "standard_notice": {"instrument": "公告2020年第1号"},
    "standard_comparison": {"product": "某产品", "reviewer": "某评审人"},
    "standard_recognition": {
        "use": "tender",
        "territory": "320100",
        "route": "scheme",
        "degree": "full",
        "instrument": "文件〔2020〕1号",
        "products": ["全部产品"],
    },
    "recognition_change": {"instrument": "文件〔2020〕2号", "reasons": "理由"},
    "result_acceptance": {
        "use": "tender",
        "territory": "320100",
        "results": "either",
        "degree": "full",
        "instrument": "文件〔2020〕3号",
        "products": ["全部产品"],
    },
    "group_standard_use": {"extent": "whole", "instrument": "文件〔2020〕4号"},
    "laboratory_scope": {"mark": "CMA", "certificate_no": "CMA-1"},
    "conformity_result": {
        "kind": "test",
        "report_no": "R-1",
        "product": "某产品",
        "laboratory": "某检测中心",
        "laboratory_uscc": "12320100MB0000001X",
        "licence_no": "CMA-1",
        "conclusion": "conforms",
    },
}
