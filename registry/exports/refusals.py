"""What is refused about exports, and who may have documents in them."""

from collections.abc import Sequence
from typing import Final

from registry.domain.disclosure import may_read_documents
from registry.errors import (
    MalformedRefusal,
    NotFoundRefusal,
    NotGrantedRefusal,
    TooLargeRefusal,
    TooManyRefusal,
    UnavailableRefusal,
)
from registry.exports.model import Wish
from registry.exports.templates import DOORS
from registry.workbench.model import ConflictRefusal, Staff

_SHOWN_ENDED: Final = 20
_LATER: Final = 30
"""Seconds after which to try again."""


def with_documents(staff: Staff, wish: Wish) -> bool:
    """Tell whether a file has numbers of documents in it; raises where it needs what it cannot."""
    door = DOORS[wish.door]
    if wish.form == "person" and not door.documents:
        raise MalformedRefusal(
            f"自然人的信息不向“{door.zh}”导出。",
            f"Records of natural persons do not go to {door.en}.",
            code="no-persons-there",
        )
    allowed = door.documents and may_read_documents(staff.role)
    if wish.form == "person" and not allowed and wish.what != "ended":
        raise not_for_him(staff)
    return allowed


def not_for_him(staff: Staff) -> NotGrantedRefusal:
    """Return the refusal of documents to somebody who does not read them."""
    return NotGrantedRefusal(
        "该文件含自然人证件号码，由经办或复核人员导出。",
        "This file holds numbers of identity documents: a clerk or reviewer exports it.",
        code="documents-not-yours",
        who=staff.asker.who,
    )


def ended_since(rows: Sequence[int]) -> ConflictRefusal:
    """Return the refusal of a file of which rows may no longer be shared."""
    shown = "、".join(map(str, rows[:_SHOWN_ENDED]))
    return ConflictRefusal(
        f"该文件第 {shown} 行（共 {len(rows)} 行）的信息此后已终止共享，"
        "文件不能再次下载；请导出终止清单。",
        f"What stands in row {shown} ({len(rows)} in all) of this file may no longer be shared, so "
        "it cannot be had again; export the list of what has ended.",
        code="ended-since",
        extra={"rows": list(rows[:1000])},
    )


def meanwhile() -> ConflictRefusal:
    """Return the refusal of an export that would say what another one has just said."""
    return ConflictRefusal(
        "他人刚刚向同一平台导出了同类信息，请刷新后重新导出，以免重复。",
        "Somebody else has just exported the same type for the same door: look again, then export "
        "what is left.",
    )


def no_such() -> NotFoundRefusal:
    """Return the refusal of an export that is not there, or is another department's."""
    return NotFoundRefusal("没有这次导出。", "There is no such export.", code="no-export")


def none_matched(count: int) -> MalformedRefusal:
    """Return the refusal of a file that came back and fits nothing that was sent."""
    return MalformedRefusal(
        f"回执文件的 {count} 行都与该文件的信息对不上，未保存；请核对是否选错了文件。",
        f"None of the {count} rows of the file fits what was sent, so nothing is kept; check that "
        "it is the right one.",
        code="nothing-matched",
    )


def no_number() -> TooLargeRefusal:
    """Return the refusal of a file for which no number is left."""
    return TooLargeRefusal(
        "该部门当日的文件序号已用完。",
        "There is no number left for a file of this department today.",
        code="no-number",
    )


def busy() -> TooManyRefusal:
    """Return the refusal of a further file while so many are being made."""
    return TooManyRefusal(
        "正在生成的导出文件过多，请稍后再试。",
        "Too many files are being made: try again a little later.",
        _LATER,
        code="busy",
    )


def not_the_same() -> UnavailableRefusal:
    """Return the refusal of a file that does not come out the same."""
    return UnavailableRefusal(
        "重新生成的文件与导出时不同（信息已被依法删除，或软件版本不同），不能再次下载；请重新导出。",
        "Made anew the file is not the same (a record was erased by law, or the software is "
        "another): it cannot be had again; make a new export.",
        code="not-the-same",
    )


def nothing_stated() -> NotFoundRefusal:
    """Return the refusal to whose member has no log here yet."""
    return NotFoundRefusal(
        "本成员地区尚未报送任何信息，没有可导出的内容。",
        "This member has stated nothing yet: there is nothing to export.",
        code="nothing-stated",
    )
