"""What is odd in a catalogue, named by line and column, in both languages."""

from collections import Counter
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from registry.standards.numbers import NumberError

Level = Literal["error", "note"]
MAX_SHOWN: Final = 120


class Texts(Struct, frozen=True):
    """Texts of one code, with ``{named}`` places, and whether the row can go on."""

    level: Level
    zh: str
    en: str
    right_zh: str
    right_en: str


ODDITIES: Final = msgspec.toml.decode(
    Path(__file__).with_name("catalogues.toml").read_bytes(), type=dict[str, Texts]
)


class Problem(Struct, frozen=True):
    """What is odd: line of the file (1 is its header), column, code, texts, what would be right."""

    line: int
    column: str
    code: str
    level: Level
    zh: str
    en: str
    right_zh: str
    right_en: str


class Told:
    """Collects what is odd in one row."""

    def __init__(self, line: int) -> None:
        """Begin with nothing told about ``line``."""
        self.line = line
        self.problems: list[Problem] = []

    @property
    def stops(self) -> bool:
        """Whether the row has to be left out."""
        return bool(self.problems) and any(problem.level == "error" for problem in self.problems)

    def tell(self, column: str, code: str, value: object, right: object = "", **more: str) -> None:
        """Name what is odd in a cell."""
        texts = ODDITIES[code]
        said = str(value) if len(str(value)) <= MAX_SHOWN else f"{str(value)[:MAX_SHOWN]}…"
        places = {"value": said, "right": right, **more}
        self.problems.append(
            Problem(
                self.line,
                column,
                code,
                texts.level,
                texts.zh.format(**places),
                texts.en.format(**places),
                texts.right_zh.format(**places),
                texts.right_en.format(**places),
            )
        )

    def refuse(self, column: str, error: NumberError) -> None:
        """Name a number that is none, in the words of the parser."""
        texts = (error.zh, error.en, error.right_zh, error.right_en)
        self.problems.append(Problem(self.line, column, error.detail_code, "error", *texts))


class Summary(Struct):
    """What was met in a catalogue: rows, how many go on, what is odd by code, its relations.

    ``relations`` counts what the column of replaced editions names, in all rows; ``resolved``
    those of them that are in the catalogue; ``unresolved`` says which are not, and how often.
    """

    rows: int = 0
    good: int = 0
    codes: Counter[str] = msgspec.field(default_factory=Counter[str])
    relations: int = 0
    resolved: int = 0
    unresolved: Counter[str] = msgspec.field(default_factory=Counter[str])
