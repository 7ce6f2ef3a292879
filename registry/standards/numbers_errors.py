"""Why a text is no number of a standard: one error with a stable code and what would be right."""

from pathlib import Path
from typing import ClassVar, Final

import msgspec

from registry.errors import MalformedRefusal

MAX_SHOWN: Final = 60


class Texts(msgspec.Struct, frozen=True):
    """Texts of one code, with ``{named}`` places."""

    zh: str
    en: str
    right_zh: str
    right_en: str


NUMBER_ERRORS: Final = msgspec.toml.decode(
    Path(__file__).with_name("numbers.toml").read_bytes(), type=dict[str, Texts]
)


class NumberError(MalformedRefusal):
    """A text that is no number; ``suggestions`` are numbers in normal form that may be meant."""

    code: ClassVar[str] = "number-malformed"
    title_zh: ClassVar[str] = "不是标准号"
    title_en: ClassVar[str] = "Not the number of a standard"

    def __init__(
        self, code: str, text: str, suggestions: tuple[str, ...] = (), **facts: object
    ) -> None:
        """Fill the texts of ``code``; of a long text only its beginning is repeated."""
        shown = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
        texts = NUMBER_ERRORS[code]
        places = {"text": shown, **facts}
        self.right_zh = texts.right_zh.format(**places)
        self.right_en = texts.right_en.format(**places)
        self.suggestions = suggestions
        self.facts = facts
        said = {"suggestions": list(suggestions)}
        also = f"；是否为：{'、'.join(suggestions)}" if suggestions else ""
        meant = f"; did you mean {', '.join(suggestions)}" if suggestions else ""
        super().__init__(
            f"{texts.zh.format(**places)}；应当：{self.right_zh}{also}",
            f"{texts.en.format(**places)}; right is: {self.right_en}{meant}",
            code=code,
            extra=said,
        )
