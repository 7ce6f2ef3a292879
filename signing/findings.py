"""What the offline verifier answers for one file, and how that is put in one line."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from signing.bundle import OpenedBundle
from signing.encoding import beijing_text
from signing.report import OpenedReport
from signing.status import BLOCK, OpenedStatus

RESTRICTED: Final = "the restricted part, of which only the digest is given"
NO_LATER: Final = "anything about any later moment"
LATER_ZH: Final = "不说明此后任何时刻的情况"
PRINTED: Final = "that the printed pages say what the data in the PDF say"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer for one file; `code` is ``ok`` or the code of the error."""

    file: str
    kind: str
    """What kind of file it is: one of those in `signing.kinds`, receipt, or unknown."""
    code: str
    zh: str
    proven: str
    by: str = ""
    at: str = ""
    not_proven: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True when something was proven."""
        return self.code == "ok"

    def line(self) -> str:
        """Return the one line that is shown."""
        if not self.ok:
            return f"FAILED {self.file}: {self.code} {self.proven} ({self.zh})"
        when = f", at {self.at}" if self.at else ""
        limits = "; ".join(self.not_proven)
        return (
            f"已核验 OK {self.file}: {self.zh}; {self.proven}, by {self.by}{when}; "
            f"not proven: {limits}"
        )


def of_bundle(
    opened: OpenedBundle, lists: Iterable[OpenedStatus], charter: bytes
) -> tuple[str, tuple[str, ...]]:
    """Return what a bundle proves beside its checkpoint, and what it does not.

    Of the status lists the newest of its block counts; one from before the bundle says nothing.
    ``charter`` is the digest of the charter that is trusted. Raises BundleError `ask-again`.
    """
    cover, origin = opened.cover, opened.receipt.origin
    what = (
        f"entry {opened.index} of {origin} is in it unaltered; {cover.node} could show it to "
        f"{cover.role} at {cover.issued}"
    )
    if cover.marks:
        what += f", marked {', '.join(cover.marks)}"
    limits = [RESTRICTED] if opened.restricted else []
    about = [one for one in lists if one.speaks_of(origin, opened.index)]
    later = [one for one in about if one.time >= opened.time]
    newest = max(later, key=attrgetter("time"), default=None)
    if newest is None:
        limits.append(f"anything after {cover.issued}: ask {cover.url}")
    else:
        newest.confirm(opened.index, cover.url)
        what += f"; it still stood as stated at {newest.list.start} by the status list"
        limits.append(f"anything after {newest.list.until}: ask {cover.url}")
    if cover.charter != charter.hex():
        limits.append(f"that charter version {cover.charter_version} held the same")
    return what, tuple(limits)


def of_status(name: str, opened: OpenedStatus) -> Finding:
    """Return what a status list says."""
    said = opened.list
    first, last = said.block * BLOCK, (said.block + 1) * BLOCK
    proven = (
        f"of entries {first}..{last} of {said.origin}, {opened.standing} could be shown to all "
        f"and stood as stated"
    )
    limits = (f"anything after {said.until}", "why any other does not, or that it ever existed")
    at = beijing_text(opened.time)
    zh = f"状态清单签名核验通过：{said.node}于{at}出具；不说明此后任何时刻的情况"
    return Finding(name, "status", "ok", zh, proven, said.node, said.start, limits)


def of_report(
    name: str, opened: OpenedReport, charter: bytes, seen: str, *, printed: bool
) -> Finding:
    """Return what a report proves, record by record, and what it does not.

    ``charter`` is the digest of the charter that is trusted; ``seen`` what it does not prove of who
    has seen its checkpoints, '' if nothing; ``printed``: it lay in a PDF.
    """
    said, at = opened.report, beijing_text(opened.time)
    asked = said.asked
    days = " to ".join(str(day) for day in (asked.since or "the first", asked.until or "the last"))
    places = ", ".join(f"{one.origin}/{one.idx}" for one in said.records) or "none"
    proven = (
        f"it gave this report about {asked.name} to {said.taken_by.name} ({said.role}) for "
        f"{said.purpose}, SHA-256 {opened.digest.hex()}, of decisions from {days}, sections "
        f"{', '.join(asked.sections)}; {len(opened.records)} records, each stated by the member of "
        f"its log and unaltered under a receipt: {places}"
    )
    limits = [NO_LATER, "that any record is still in force: ask again with its code"]
    limits.append("that nothing else is recorded: it spans only the cities and kinds it names")
    if seen:
        limits.append(seen)
    if any(one.restricted for one in opened.records):
        limits.append(RESTRICTED)
    if said.charter != charter.hex():
        limits.append(f"that charter version {said.charter_version} held the same")
    if printed:
        limits.append(PRINTED)
    zh = (
        f"查询报告签名核验通过：{said.node}于{at}就{asked.name}向{said.taken_by.name}出具，所列 "
        f"{len(opened.records)} 条信用信息均经成员地区签名报送，内容未被改动；{LATER_ZH}"
    )
    return Finding(name, "report", "ok", zh, proven, said.node, said.issued, tuple(limits))
