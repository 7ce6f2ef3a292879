"""What is wrong with a rulebook: file, line, path, and what would be right."""

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from registry.errors import RegistryError

Path = tuple[str | int, ...]


class Defect(Struct, frozen=True):
    """One defect; ``line`` counts from 1 (0 = the file as a whole), ``path`` is a JSON pointer."""

    file: str
    line: int
    path: str
    code: str
    zh: str
    en: str
    expected: str

    def __str__(self) -> str:
        """One line for a terminal: place, code, both texts, and what would be right."""
        where = f"{self.file}:{self.line} {self.path}".rstrip()
        right = f" 应为 / expected: {self.expected}" if self.expected else ""
        return f"{where} [{self.code}] {self.zh} / {self.en}{right}"


class RuleBookError(RegistryError):
    """The book cannot be used; ``defects`` lists every defect found, in the order of the files."""

    code: ClassVar[str] = "rulebook-defects"

    def __init__(self, defects: Sequence[Defect]) -> None:
        """Keep the defects and say them all in the message, one a line."""
        super().__init__("\n".join(str(defect) for defect in defects))
        self.defects: tuple[Defect, ...] = tuple(defects)


def pointer(path: Path) -> str:
    """Return the RFC 6901 JSON pointer of a path."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def order(defect: Defect) -> tuple[str, int, str, str]:
    """Sort key: as a person reads the files."""
    return (defect.file, defect.line, defect.path, defect.code)
