"""A difference as it is shown, and the list that goes back to the national side."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import UNSET, ValidationError

from registry.domain.records import AnyRecord, ListEntry, Penalty, decode_main
from registry.reconciling.model import Problem, Said
from registry.store.reading_records import Body
from registry.store.reconciling import Deed, KeptDifference

_HEADERS: Final = ("统一社会信用代码", "决定文号", "认定单位", "状态", "差异", "请求")
_SAID: Final = {
    "ended-here": ("已终止公示", "本地已终止公示，国家平台仍在公示", "请终止公示"),
    "missing-there": ("公示中", "本地公示中，国家平台没有", "请补充"),
    "twice-there": ("", "国家平台同一决定有多行", "请核实"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A difference with the record it is about, where there is one whose body is there."""

    one: KeptDifference
    said: Said
    problem: Problem | None
    record: AnyRecord | None
    done: Deed | None

    @property
    def named(self) -> tuple[str, str, str]:
        """Code, number and organ: as the record states them, else as the row does."""
        if isinstance(self.record, ListEntry | Penalty):
            subject, number = self.record.subject, self.record.decision_no
            code = "" if subject.uscc is UNSET else subject.uscc
            return code, "" if number is UNSET else number, self.record.authority.name
        return self.said.code, self.said.number, self.said.organ


def shown(one: KeptDifference, done: Deed | None, body: Body | None) -> Shown:
    """Put a difference together; of an erased record nothing is left to show."""
    if one.kind == "unreadable":
        return Shown(one, Said(), msgspec.json.decode(one.theirs, type=Problem), None, done)
    record = None
    if body is not None and body.main is not None:
        try:
            record = decode_main(body.main)
        except ValidationError:
            record = None
    return Shown(one, msgspec.json.decode(one.theirs, type=Said), None, record, done)


def report_csv(found: Iterable[Shown]) -> bytes:
    """Return what the national side is asked to do, a difference a line; no formula in it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_HEADERS)
    for one in found:
        writer.writerow([_plain(text) for text in (*one.named, *_SAID[one.one.kind])])
    return ("\ufeff" + out.getvalue()).encode()


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
