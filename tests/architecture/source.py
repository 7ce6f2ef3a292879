"""The project's own source, parsed once, and the measures taken from it."""

import ast
import io
import re
import shutil
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NOT_CODE = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
)
_RUNS_ON = re.compile(r"'''|\\\n")
"""Where a line may be within what began on another, and its own first sign says nothing of it."""
PACKAGES = ("signing", "search", "registry")
AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the root, text and tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """Raw lines, as an editor counts them."""
        return self.text.count("\n")

    @cached_property
    def code_lines(self) -> int:
        """Lines that hold code: no blank ones, comments or docstrings (decision 0001)."""
        docstrings = self._docstrings()
        quoted = {at for node in docstrings for at in range(node.lineno, node.end_lineno + 1)}
        if self.text.count('"""') == 2 * len(docstrings) and not _RUNS_ON.search(self.text):
            lines = enumerate(map(str.strip, self.text.split("\n")), 1)
            return len({at for at, line in lines if line and line[0] != "#"} - quoted)
        held: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type not in _NOT_CODE:
                held.update(range(token.start[0], token.end[0] + 1))
        return len(held - quoted)

    def _docstrings(self) -> list[ast.stmt]:
        return [
            node.body[0]
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Module | ast.ClassDef | AnyFunction)
            and ast.get_docstring(node, clean=False)
        ]

    def functions(self) -> Iterator[AnyFunction]:
        for node in ast.walk(self.tree):
            if isinstance(node, AnyFunction):
                yield node


def length(node: AnyFunction) -> int:
    """Return the lines of a function, docstring included, decorators not."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def body_length(node: AnyFunction) -> int:
    """Return the lines of a function's statements, without signature and docstring."""
    statements = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not statements:
        return 0
    return (statements[-1].end_lineno or statements[-1].lineno) - statements[0].lineno + 1


def percentile(values: list[int], share: float) -> int:
    """Return the smallest value that ``share`` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(len(ordered) * share * 100) // 100) - 1)]


@cache
def sources(folder: str) -> tuple[Source, ...]:
    """Parse every Python file under a folder of the root."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append(Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return tuple(found)


def code() -> Iterator[Source]:
    """Yield every file of the three packages."""
    for package in PACKAGES:
        yield from sources(package)


@cache
def project_files() -> tuple[Path, ...]:
    """Return what belongs to the project: committed, or new and not ignored."""
    git = shutil.which("git") or "git"
    listed = subprocess.run(
        [git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in paths if path.is_file())
