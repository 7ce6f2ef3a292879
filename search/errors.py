"""The error tree of the search library, and what each member says to a person.

SearchError
  +- InvalidQueryError        the question cannot be asked as it stands
  +- InvalidDocumentError     the document cannot be indexed as it stands
  +- IndexLayoutError         the stored index is of another layout, or was never prepared
  +- SearchUnavailableError   the engine did not answer, or not in time

Every class carries a stable ``code``, an HTTP ``status`` and titles, Chinese first. A code is never
reused for another meaning.
"""

from typing import ClassVar, Final

LATE: Final = "search-late"
"""The reason of a `SearchUnavailableError`: the engine may be well, but did not answer in time."""


class SearchError(Exception):
    """Root of everything this library raises on purpose."""

    code: ClassVar[str] = "search-error"
    status: ClassVar[int] = 500
    title_zh: ClassVar[str] = "查询出错"
    title_en: ClassVar[str] = "Search failed"

    def __init__(self, *, zh: str, en: str, code: str = "") -> None:
        """Take both texts; ``code`` names the exact reason inside the class."""
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
        self.detail_code = code or self.code


class InvalidQueryError(SearchError):
    """The question is empty, too long or contradicts itself; nothing was searched."""

    code: ClassVar[str] = "search-query-invalid"
    status: ClassVar[int] = 400
    title_zh: ClassVar[str] = "查询条件有误"
    title_en: ClassVar[str] = "The query is not valid"


class InvalidDocumentError(SearchError):
    """A document breaks the rules of its fields; nothing of its batch was stored."""

    code: ClassVar[str] = "search-document-invalid"
    status: ClassVar[int] = 500
    title_zh: ClassVar[str] = "检索文档有误"
    title_en: ClassVar[str] = "The document is not valid"


class IndexLayoutError(SearchError):
    """The index in the database is missing or was made by another version of this library."""

    code: ClassVar[str] = "search-index-layout"
    status: ClassVar[int] = 503
    title_zh: ClassVar[str] = "检索索引版本不符"
    title_en: ClassVar[str] = "The search index is missing or of another version"


class SearchUnavailableError(SearchError):
    """The engine could not be reached or did not answer in time."""

    code: ClassVar[str] = "search-unavailable"
    status: ClassVar[int] = 503
    title_zh: ClassVar[str] = "查询服务暂不可用"
    title_en: ClassVar[str] = "Search is not available"
