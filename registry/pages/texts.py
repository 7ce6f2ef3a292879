"""Every sentence and label of the pages, in Chinese and English: ``texts.yaml``, read once.

The sentences under "fixed wording" there are the region's agreed wording and are tested as text.
"""

from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal

import msgspec

Lang = Literal["zh", "en"]


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in both languages."""

    zh: str
    en: str


def _read() -> dict[str, Text]:
    source = files("registry.pages").joinpath("texts.yaml").read_text(encoding="utf-8")
    return msgspec.yaml.decode(source, type=dict[str, Text])


TEXTS: Final = MappingProxyType(_read())


def text(lang: Lang, key: str, /, **values: object) -> str:
    """One text with its values filled in.

    Raises:
        KeyError: no such text, or a value it needs is missing; both are defects of a page.
    """
    both = TEXTS[key]
    return (both.zh if lang == "zh" else both.en).format(**values)
