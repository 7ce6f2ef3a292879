"""YAML to plain values with the line of every path, refusing what a rulebook must not contain.

YAML is composed to nodes, not constructed to objects: no tag can build anything, dates stay text,
and duplicate keys, aliases (a few bytes that unfold to gigabytes) and unquoted decimals are named
with their line instead of being resolved silently.
"""

# pyright: basic
# (ruamel.yaml declares no types for its nodes and marks; mypy strict still holds here)

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from registry.rules.defects import Defect, Path, pointer

MAX_BYTES = 4 * 1024 * 1024  # the region's real books are some 100 kB
_FILES_MAX = 8
"""Files kept as read: of a draft that is checked again and again most files are the same."""
_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_CHINESE = "\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_ENDS = re.compile(f"[{_CHINESE}\u2014\u2018-\u201d\u2026]$")
_BEGINS = re.compile(f"[{_CHINESE}\u2014\u2018-\u201d\u2026]")
_KINDS = frozenset({"map", "seq", "str", "int", "float", "bool", "null", "timestamp"})

Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None


class Source(Struct, frozen=True):
    """A file as read: its plain value and the line (from 1) of every path in it."""

    file: str
    data: Plain
    lines: dict[Path, int]


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """Return the line of a path, or of its nearest parent that has one."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


class _Walk:
    """One file on its way from nodes to plain values."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.lines: dict[Path, int] = {}
        self.defects: list[Defect] = []
        self.seen: set[int] = set()

    def refuse(self, path: Path, code: str, texts: tuple[str, str], expected: str) -> None:
        line = line_of(self.lines, path)
        self.defects.append(Defect(self.file, line, pointer(path), code, *texts, expected))

    def value(self, node: Node, path: Path) -> Plain:
        """Return the plain value of a node, noting lines and defects."""
        if id(node) in self.seen:
            self.refuse(path, "alias", ("不得使用别名", "aliases are refused"), "写出完整内容")
            return None
        self.seen.add(id(node))
        tag = str(node.tag)
        kind = tag.removeprefix(_TAG)
        if kind not in _KINDS:
            self.refuse(path, "tag", (f"不得使用标签{tag}", f"tag {tag} is refused"), "普通值")
            return None
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.entry(child, (*path, index)) for index, child in enumerate(node.value)]
        return _scalar(kind, self.folded(node))

    def folded(self, node: Node) -> str:
        """Return a scalar's text; a fold between two Chinese characters leaves no blank.

        YAML joins lines with a blank, as Latin script needs it; Chinese has no blanks, and a law
        quoted with one is not quoted word for word.
        """
        value, at = str(node.value), 0
        raw = self.text[node.start_mark.index : node.end_mark.index]
        if raw.startswith("|") or "\n" not in raw:
            return value
        for line, following in pairwise(part.strip("\"' \t") for part in raw.splitlines()):
            seam = value.find(f"{line} {following}", at)
            if seam >= 0 and _ENDS.search(line) and _BEGINS.match(following):
                at = seam + len(line)
                value = value[:at] + value[at + 1 :]
        return value

    def entry(self, node: Node, path: Path) -> Plain:
        self.lines[path] = node.start_mark.line + 1
        return self.value(node, path)

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Plain]:
        result: dict[str, Plain] = {}
        for key_node, child in node.value:
            key = str(key_node.value)
            here = (*path, key)
            if key in result:
                first = self.lines[here]
                self.lines[here] = key_node.start_mark.line + 1
                texts = (f"键“{key}”重复", f"duplicate key {key!r}")
                self.refuse(here, "duplicate-key", texts, f"保留一处，另见第{first}行")
                continue
            self.lines[here] = key_node.start_mark.line + 1
            result[key] = self.value(child, here)
        return result


def _scalar(kind: str, text: str) -> Plain:
    """Return a scalar; dates stay text, since the schema says where one belongs."""
    if kind == "bool":
        return text.lower() == "true"
    if kind == "null":
        return None
    if kind == "int" and _INTEGER.fullmatch(text):
        return int(text)
    # The language has no decimals and no other numbers: such a value lacks its quotes.
    return 0.5 if kind in {"int", "float"} else text


def read(file: str, text: str | bytes) -> tuple[Source | None, list[Defect]]:
    """Read one YAML file; the source is None when it has no structure to go on with.

    What was read is shared with whoever reads the same text again: it must not be changed.
    """
    if len(text) > MAX_BYTES:
        texts = ("文件过大", "the file is too large")
        return None, [Defect(file, 0, "", "too-large", *texts, f"<= {MAX_BYTES} bytes")]
    source, defects = _read(file, text)
    return source, list(defects)


@lru_cache(maxsize=_FILES_MAX)
def _read(file: str, text: str | bytes) -> tuple[Source | None, list[Defect]]:
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        decoded.encode()
        node = YAML(typ="safe", pure=True).compose(decoded)
    except UnicodeError:
        return None, [Defect(file, 0, "", "not-utf8", "不是UTF-8", "not UTF-8", "UTF-8")]
    except RecursionError:
        return None, [Defect(file, 0, "", "too-deep", "嵌套过深", "nested too deep", "")]
    except YAMLError as error:
        return None, [_syntax(file, error)]
    walk = _Walk(file, decoded)
    if node is None:
        return None, [Defect(file, 0, "", "empty", "文件为空", "the file is empty", "")]
    data = walk.value(node, ())
    return Source(file, data, walk.lines), walk.defects


def _syntax(file: str, error: YAMLError) -> Defect:
    """Name the line at which the text stops being YAML."""
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    said = (error.problem if isinstance(error, MarkedYAMLError) else None) or str(error)
    said = " ".join(said.split())
    line = mark.line + 1 if mark else 0
    return Defect(file, line, "", "yaml", "不是有效的YAML", f"not YAML: {said}", "YAML 1.2")
