"""The region's rulebook as files, with the digest of what they compile to."""

from importlib.resources import files

from registry.demo.region import RulebookFiles
from registry.rules.compile import compile_book
from registry.rules.load import load_book

TITLE = "南京都市圈跨区域信用联合奖惩规则汇编（2026-1版，示例）"
_FOLDER = "books/nanjing"


def rulebook_files() -> RulebookFiles:
    """Read, check and compile the book that ships with the registry.

    Raises:
        RuleBookError: a file of the book is defective.
    """
    folder = files("registry.rules").joinpath(*_FOLDER.split("/"))
    bodies = {
        item.name: item.read_bytes() for item in folder.iterdir() if item.name.endswith(".yaml")
    }
    return RulebookFiles(TITLE, compile_book(load_book(bodies)).digest, bodies)
