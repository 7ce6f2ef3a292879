"""Checks of administrative penalties: kinds, amounts, licences, and what the law seals."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from msgspec import UNSET, UnsetType

from registry.domain.disclosure import under_public_security_law
from registry.domain.records import ListEntry, Penalty
from registry.domain.records.supervision import Compulsion
from registry.ingest.checks_codes import NONE, Findings
from registry.ingest.checks_shape import show
from registry.ingest.reasons import Finding, finding
from registry.ingest.words import PENALTY_KINDS, PLACEHOLDERS

_YUAN_DIGITS: Final = 6
_KNOWN: Final = frozenset(PENALTY_KINDS)
_BETWEEN: Final = re.compile(r"[;；、,，|&/＋+\s]+")


class _Kinds(NamedTuple):
    """What the kinds of a penalty demand of its other members."""

    fine: bool
    confiscation: str
    licence: str
    unknown: Findings


@lru_cache(maxsize=1024)
def _kinds(kinds: tuple[str, ...]) -> _Kinds:
    return _Kinds(
        fine=any("罚款" in kind for kind in kinds),
        confiscation=next((kind for kind in kinds if "没收" in kind), ""),
        licence=next((kind for kind in kinds if "暂扣" in kind or "吊销" in kind), ""),
        unknown=tuple(
            _kind_finding(kind, f"/kinds/{index}")
            for index, kind in enumerate(kinds)
            if kind not in _KNOWN and not kind.startswith("其他")
        ),
    )


def _kind_finding(kind: str, pointer: str) -> Finding:
    code = "placeholder-value" if kind in PLACEHOLDERS else "unknown-kind"
    parts = [part for part in _BETWEEN.split(kind) if part]
    if len(parts) > 1 and _KNOWN.issuperset(parts):
        return finding("several-kinds-in-one", pointer, value=show(kind), count=len(parts))
    return finding(code, pointer, value=show(kind))


def known_kinds(record: Penalty) -> Findings:
    """Kinds are those of Penalty Law art. 9, or begin with 其他."""
    return _kinds(record.kinds).unknown


def fine_and_kind(record: Penalty) -> Findings:
    """A fine has an amount and an amount has its kind; so have confiscations (template)."""
    kinds = _kinds(record.kinds)
    found = NONE
    if kinds.fine is (record.fine_wan_yuan is UNSET):
        found += _amount("/fine_wan_yuan", record.fine_wan_yuan, "罚款")
    if bool(kinds.confiscation) is (record.confiscated_wan_yuan is UNSET):
        kind = kinds.confiscation or "没收违法所得"
        found += _amount("/confiscated_wan_yuan", record.confiscated_wan_yuan, kind)
    return found


def _amount(pointer: str, amount: str | UnsetType, kind: str) -> Findings:
    if amount is UNSET:
        return (finding("amount-missing", pointer, kind=kind),)
    if not amount.strip("0."):
        return NONE  # a template's zero says "none"
    return (finding("amount-without-kind", pointer, value=amount, kind=kind),)


def amount_unit(record: Penalty) -> Findings:
    """An amount of 100,000 or more (ten thousand yuan), or one the decision states in yuan."""
    found = NONE
    for member in ("fine_wan_yuan", "confiscated_wan_yuan"):
        value = getattr(record, member)
        if value is not UNSET and (
            len(value.partition(".")[0]) >= _YUAN_DIGITS or _said_in_yuan(value, record.content)
        ):
            yuan = f"{(Decimal(value) / 10000).normalize():f}"
            found += (finding("amount-unit", f"/{member}", value=value, expected=yuan),)
    return found


def _said_in_yuan(amount: str, content: str) -> bool:
    """Say whether the decision's own words give just this number of yuan."""
    if not amount.strip("0.") or f"{amount[-1]}元" not in content:
        return False
    plain = content.replace(",", "").replace("，", "")
    before, found, _ = plain.partition(f"{amount}元")
    return bool(found) and not before[-1:].isdigit() and before[-1:] != "."


def licence_named(record: Penalty) -> Findings:
    """A suspended or revoked licence is named (template column CF_NR_ZKDX)."""
    licence = record.licence
    if licence is not UNSET:
        if licence not in PLACEHOLDERS:
            return NONE
        return (finding("placeholder-optional", "/licence", value=licence),)
    kind = _kinds(record.kinds).licence
    return (finding("licence-missing", "/licence", kind=kind),) if kind else NONE


def not_sealed(record: Penalty | ListEntry | Compulsion) -> Findings:
    """Nothing under the Public Security Penalties Law is public (its art. 136)."""
    if record.publication != "public" or not under_public_security_law(record.basis):
        return NONE
    return (finding("sealed-by-law", "/publication"),)
