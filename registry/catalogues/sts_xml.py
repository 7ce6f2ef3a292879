"""XML of others, read safely: without DTD, entities or external parts, bounded in size and depth.

A document type declaration is refused even where it declares nothing: it is what fetches files and
makes entities, and no metadata needs it.
"""

import io
from collections.abc import Iterator
from typing import Final

from defusedxml.common import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import ParseError, iterparse
from msgspec import Struct

from registry.errors import MalformedRefusal, Refusal, TooLargeRefusal

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_ELEMENTS: Final = 100_000
MAX_DEPTH: Final = 60


class Node(Struct):
    """An element: name without namespace, attributes likewise, own text, children in order."""

    name: str
    attributes: dict[str, str]
    text: str
    children: list["Node"]

    def all(self, *names: str) -> list["Node"]:
        """Return the children of these names."""
        return [child for child in self.children if child.name in names]

    def first(self, *names: str) -> "Node | None":
        """Return the first child of these names."""
        return next(iter(self.all(*names)), None)

    def said(self, *path: str) -> str:
        """Return all text of the first descendant along a path, on one line, '' without one."""
        node: Node | None = self
        for name in path:
            node = node.first(name) if node else None
        return " ".join("".join(_texts(node)).split()) if node else ""


def read_xml(data: bytes) -> Node:
    """Return the root of a document.

    Raises:
        TooLargeRefusal: too many bytes or elements, or nested too deep.
        MalformedRefusal: a DTD, an entity, or no XML.
    """
    if len(data) > MAX_BYTES:
        raise _refused("xml-too-large", "字节", "bytes", MAX_BYTES)
    try:
        return _build(data)
    except DTDForbidden as error:
        raise MalformedRefusal(
            "XML 有文档类型声明（DOCTYPE），不予读取；应当：去掉该声明",
            "the XML has a document type declaration; right is: without DOCTYPE",
            code="xml-dtd",
        ) from error
    except DefusedXmlException as error:
        raise MalformedRefusal(
            "XML 声明了实体或外部内容，不予读取；应当：只用字符本身",
            "the XML declares entities or external parts; right is: the characters themselves",
            code="xml-entities",
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise MalformedRefusal(
            f"不是完整的 XML：{error}；应当：NISO STS 文件",
            f"it is no well-formed XML ({error}); right is: a NISO STS document",
            code="xml-broken",
        ) from error


def _build(data: bytes) -> Node:
    root = Node("", {}, "", [])
    open_nodes = [root]
    events = iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True)
    for count, (event, element) in enumerate(events, start=1):
        if count > 2 * MAX_ELEMENTS:
            raise _refused("xml-too-large", "个元素", "elements", MAX_ELEMENTS)
        if event == "start":
            if len(open_nodes) > MAX_DEPTH:
                raise _refused("xml-too-deep", "层嵌套", "levels", MAX_DEPTH)
            named = {_local(name): str(value) for name, value in element.attrib.items()}
            open_nodes.append(Node(_local(element.tag), named, "", []))
            continue
        node = open_nodes.pop()
        node.text = str(element.text or "")
        open_nodes[-1].children += [node, Node("", {}, str(element.tail or ""), [])]
        element.clear()
    return root.children[0]


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _texts(node: Node) -> Iterator[str]:
    yield node.text
    for child in node.children:
        yield from _texts(child)


def _refused(code: str, zh: str, en: str, limit: int) -> Refusal:
    return TooLargeRefusal(
        f"XML 超过 {limit} {zh}；应当：只含元数据的文件",
        f"the XML has more than {limit} {en}; right is: the metadata alone",
        code=code,
    )
