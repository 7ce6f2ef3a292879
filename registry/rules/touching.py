"""Which records a rule can be triggered by, and which rules two books do not have alike.

A subject without such a record has nothing from these rules, whatever else is known about it: so
a whole population need not be read to be decided about.
"""

from collections.abc import Collection, Mapping

import msgspec

from registry.rules.compiled import CompiledBook, CompiledRule, CompiledUse

Cause = tuple[str, str]
"""Type of a record, and the code of its list where it is an entry."""

_LISTINGS = frozenset({"list_entry", "honour", "anomaly_listing"})


def causes_of(book: CompiledBook, keys: Collection[str] | None = None) -> frozenset[Cause]:
    """Return what can trigger the rules of these keys (None = any rule)."""
    return frozenset(
        ("list_entry", code) if record in _LISTINGS else (record, "")
        for (record, code, _), fields in book.index.items()
        if any(keys is None or rule.key in keys for rules in fields.values() for rule in rules)
    )


def changed_keys(one: CompiledBook, other: CompiledBook) -> frozenset[str]:
    """Return the keys of all rules that one of the books has and the other not in all alike.

    Alike in everything an answer depends on: text, measures with the force their bases give them,
    law as quoted, time in force.
    """
    before, after = _by_key(one), _by_key(other)
    return frozenset(
        key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
    )


def _by_key(book: CompiledBook) -> Mapping[str, frozenset[bytes]]:
    found: dict[str, frozenset[bytes]] = {}
    for rule in book.rules:
        found[rule.key] = found.get(rule.key, frozenset()) | {_sign_of(rule)}
    return found


def _sign_of(rule: CompiledRule) -> bytes:
    """Return bytes that are equal for rules that are alike, wherever they stand in their books."""
    uses = {use.order: use for group in rule.by_matter.values() for use in group}
    parts = [_plain(use) for _, use in sorted(uses.items())]
    if rule.notice is not None:
        parts.append(_plain(rule.notice))
    dates = (rule.in_force_from, rule.in_force_until, rule.paused_from, rule.latest)
    return msgspec.json.encode((rule.rule, parts, dates), order="sorted", enc_hook=dict)


def _plain(use: CompiledUse) -> CompiledUse:
    return msgspec.structs.replace(use, order=0)
