"""The same decision stated by two members: seen when a file is read, stored nowhere.

Nodes hold different logs at different times, so admission could not say it alike everywhere. Both
records stay as they are and both are marked; neither is called wrong.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from registry.domain.records import Organ, Penalty
from registry.domain.subjects import usable_uscc
from registry.store.reading_files import Stated
from registry.store.reading_records import Place
from search.keys import number_key

REPORTED_TWICE: Final = "reported-twice"
_Key = tuple[str, str, str]
_CODE, _NAME, _BARE = "code", "name", "name without code"


def reported_twice(seen: Iterable[Stated]) -> frozenset[Place]:
    """Return the places of penalties of one subject that another log states too.

    The same document number and the same organ (by unified code where both state it, else by
    name) in two logs; a relayed copy says itself whose it is and does not count. One pass: a log
    may state a number as often as it likes.
    """
    stated = [
        (one, number_key(one.record.decision_no), one.record.authority)
        for one in seen
        if isinstance(one.record, Penalty) and one.record.provenance.kind == "original"
    ]
    logs: defaultdict[_Key, set[str]] = defaultdict(set)
    for one, number, organ in stated:
        for key in _kept_under(number, organ):
            logs[key].add(one.origin)
    return frozenset(
        one.row.place
        for one, number, organ in stated
        if any(logs[key] - {one.origin} for key in _met_under(number, organ))
    )


def _kept_under(number: str, organ: Organ) -> tuple[_Key, _Key]:
    code = usable_uscc(organ.uscc)
    own = (_BARE, number, organ.name) if code is None else (_CODE, number, code)
    return own, (_NAME, number, organ.name)


def _met_under(number: str, organ: Organ) -> tuple[_Key, ...]:
    """Return where the same organ would be: one without a code by any of that name."""
    code = usable_uscc(organ.uscc)
    if code is None:
        return ((_NAME, number, organ.name),)
    return (_CODE, number, code), (_BARE, number, organ.name)
