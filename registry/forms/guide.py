"""What a clerk has to know of a column, from the record types: required, how long, choices."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from msgspec import inspect

from registry.domain.records import TYPES, Restricted
from registry.forms.column import Column, Form
from registry.forms.columns import TITLES, WORDS
from registry.ingest.words import PENALTY_KINDS

_NO_LIMIT: Final = 32_767
_SAID: Final = {
    "date": "日期，如 2026-03-10、2026/3/10 或 2026年3月10日",
    "amount": "以万元为单位的数字，最多六位小数；2000 元写作 0.2",
    "integer": "整数",
    "standard": "标准号，如 GB/T 2260-2007；指一个版本的须带年号",
    "standards": "标准号，如 GB/T 2260-2007；多项之间用“；”分隔",
    "kinds": "行政处罚法第九条所列种类，多项之间用“；”分隔",
    "standing": "只报送状态正常的信息；已撤销的另报撤回",
}
_TYPE: Final = "填写“{0}”；只有工作表名为“{0}”时可以留空。"
_FILLED: Final = frozenset({"/severity/class", "/publication", "/source_unit/name"})
"""Required in the record, but filled in by the tool where a file does not say them."""


@dataclass(frozen=True, slots=True)
class Guide:
    """A column of a template, and what its cells may say; ``strict``: nothing but the choices."""

    column: Column
    required: bool
    limit: int
    choices: tuple[str, ...]
    strict: bool
    text: str

    @property
    def is_date(self) -> bool:
        """Whether the cells are dates."""
        return self.column.reading == "date"

    @property
    def is_name(self) -> bool:
        """Whether the cells are names, which need room."""
        return self.column.pointer.endswith("/name")


@cache
def guide(form: Form, column: Column) -> Guide:
    """Return what is to be said about a column of a form."""
    required, kind = _member(form, column.pointer)
    limit = _NO_LIMIT
    if isinstance(kind, inspect.StrType) and kind.max_length is not None:
        limit = kind.max_length
    choices = _choices(column)
    strict = bool(choices) and column.reading not in {"kinds", "standing", "texts"}
    parts = ["必填" if required else "没有时留空"]
    if column.reading == "type":
        text = _TYPE.format(TITLES[form])
        return Guide(column, required, limit, (TITLES[form],), strict=True, text=text)
    if column.reading == "texts":
        among = f"以下各项中的：{'、'.join(choices)}；" if choices else ""
        parts.append(f"{among}多项之间用“；”分隔")
    elif column.reading in _SAID:
        parts.append(_SAID[column.reading])
    elif choices:
        parts.append("以下之一：" + "、".join(choices))
    elif column.is_code:
        parts.append(f"文本格式，逐位填写，最多 {limit} 个字符")
    else:
        parts.append(f"文本，最多 {limit:,} 个字符")
    if column.pointer.startswith("/restricted/"):
        parts.append("只进入受限部分，不公开")
    return Guide(column, required, limit, choices, strict, "；".join(parts) + "。")


def _choices(column: Column) -> tuple[str, ...]:
    """Return the first spelling of each word that a cell may say."""
    if column.reading == "kinds":
        return PENALTY_KINDS
    if column.said:
        return tuple(said for said, _ in column.said)
    spelled: dict[str, str] = {}
    for said, word in WORDS.get(column.reading, {}).items():
        if not said.isdigit():
            spelled.setdefault(word, said)
    return tuple(spelled.values())


def _member(form: Form, pointer: str) -> tuple[bool, inspect.Type]:
    """Return whether a place in the record has to be filled, and what it holds."""
    names = pointer[1:].split("/")
    kind: inspect.Type = inspect.type_info(TYPES[form])
    if names[0] == "restricted":
        kind, names = inspect.type_info(Restricted), names[1:]
    required = True
    for name in names:
        if isinstance(kind, inspect.VarTupleType):  # of a list that is needed, the first
            required, kind = required and name == "0", kind.item_type
            continue
        field = _field(kind, name)
        if field is None:
            return False, inspect.AnyType()
        required = required and field.required
        kind = field.type
    return required and pointer not in _FILLED, kind


def _field(kind: inspect.Type, name: str) -> inspect.Field | None:
    if not isinstance(kind, inspect.StructType):
        return None
    return next((field for field in kind.fields if field.encode_name == name), None)
