"""The records that an objection comes to: that a record is disputed, what came of it, what follows.

Each is drafted from the disputed record as it stands in the log, so that subject and authority are
the same: else it would have no effect. What the subject wrote never goes into a log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from registry.store.objections import KeptObjection
from registry.workbench.rows import new_salt

Main = dict[str, object]
_COMMON: Final = ("v", "subject", "authority", "source_unit", "publication", "severity")
_ABOUT: Final[Mapping[str, str]] = {"period": "period"}
"""What the format calls it; content, class and repair are all about the record itself."""
_WHY: Final[Mapping[str, str]] = {
    "record": "信用主体对信息内容有异议。",
    "period": "信用主体对公示期限有异议。",
    "class": "信用主体对失信信息分类有异议。",
    "repair": "信用主体对信用修复结果有异议。",
}


@dataclass(frozen=True, slots=True)
class Stated:
    """A record as it stands in its log: its place, its entry, and the bytes of its main part."""

    origin: str
    idx: int
    entry: bytes
    line: bytes

    @property
    def main(self) -> Main:
        """Its main part."""
        return msgspec.json.decode(self.line, type=dict[str, object])

    @property
    def target(self) -> Main:
        """It as the target of an act."""
        return {"origin": self.origin, "id": self.main["id"], "entry": self.entry.hex()}


def said(about: str) -> str:
    """Return what the log says of the grounds where nothing else is drafted."""
    return _WHY.get(about, "")


def mark_id(one: KeptObjection) -> str:
    """Return the id of the record that marks it as disputed."""
    return f"objection-{one.id}"


def outcome_id(one: KeptObjection) -> str:
    """Return the id of the record of the outcome."""
    return f"objection-outcome-{one.id}"


def correction_id(one: KeptObjection) -> str:
    """Return the id of the withdrawal or amendment that follows."""
    return f"objection-act-{one.id}"


def replacement_id(one: KeptObjection) -> str:
    """Return the id of the record that is right, which an amendment names."""
    return f"objection-new-{one.id}"


def mark(one: KeptObjection, disputed: Stated, grounds: str, by: str, on: date) -> Main:
    """Return the record that the disputed one is disputed."""
    return _act("objection", mark_id(one), disputed, on) | {
        "about": _ABOUT.get(one.about, "record"),
        "received_on": one.received_on.isoformat(),
        "grounds": _line(grounds),
        "received_by": by,
    }


def outcome(
    one: KeptObjection, marked: Stated, came: tuple[str, str], reasons: str, on: date
) -> Main:
    """Return the record of what came of it: the outcome and the consequence of that."""
    return _act("objection_outcome", outcome_id(one), marked, on) | {
        "outcome": came[0],
        "consequence": came[1],
        "effective_on": on.isoformat(),
        "reasons": _line(reasons),
        "decision_no": one.number,
    }


def withdrawal(one: KeptObjection, disputed: Stated, on: date) -> Main:
    """Return the draft by which the disputed record is withdrawn."""
    return _act("withdrawal", correction_id(one), disputed, on) | {
        "effective_on": on.isoformat(),
        "reason": "revoked",
        "text": f"异议成立（{one.number}）",
    }


def replacement(one: KeptObjection, disputed: Stated) -> Main:
    """Return the disputed record under another id, for a clerk to put right."""
    return disputed.main | {"id": replacement_id(one), "salt": new_salt()}


def amendment(one: KeptObjection, disputed: Stated, right: Stated, on: date) -> Main:
    """Return the draft by which the record that is right takes the place of the disputed one."""
    return _act("amendment", correction_id(one), disputed, on) | {
        "replacement": {"id": right.main["id"], "entry": right.entry.hex()},
        "effective_on": on.isoformat(),
        "changed": f"异议成立（{one.number}），予以更正。",
        "decision_no": one.number,
    }


def _line(text: str) -> str:
    """Return a text as one line: a log takes no other, and people write in paragraphs."""
    return " ".join(text.split())


def _act(kind: str, record_id: str, upon: Stated, on: date) -> Main:
    """Return what all acts have, with subject and authority of its target."""
    common = {name: value for name, value in upon.main.items() if name in _COMMON}
    return common | {
        "type": kind,
        "id": record_id,
        "salt": new_salt(),
        "decided_on": on.isoformat(),
        "provenance": {"kind": "original"},
        "target": upon.target,
    }
