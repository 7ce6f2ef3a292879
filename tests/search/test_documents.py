"""Documents refuse what no engine could store."""

from datetime import date

import pytest

from search.documents import VALUE_MAX, VALUES_MAX, Document
from search.errors import InvalidDocumentError

GOOD: dict[str, object] = {
    "id": "0a" * 16,
    "kind": "enterprise",
    "name": "南京甲有限公司",
    "version": 1,
}


def build(**fields: object) -> Document:
    return Document(**(GOOD | fields))


def test_a_good_document_keeps_its_fields() -> None:
    document = build(dates=(date(2024, 1, 1), date(2024, 1, 1)), former_names=("乙",), version=0)
    assert document.former_names == ("乙",)
    assert document.text == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("id", "0A"),
        ("id", "xyz"),
        ("id", "0" * 65),
        ("id", "0a\n"),
        ("version", -1),
        ("version", 2**63),
        ("dates", (date(2024, 1, 2), date(2024, 1, 1))),
        ("name", ""),
        ("name", "南\x00京"),
        ("name", "\ud800"),
        ("name", "京" * (VALUE_MAX + 1)),
        ("kind", ""),
        ("former_names", ("",)),
        ("codes", ("\x00",)),
        ("numbers", ("1",) * (VALUES_MAX + 1)),
        ("cities", ("",)),
        ("types", ("",)),
    ],
)
def test_a_broken_field_is_named(field: str, value: object) -> None:
    with pytest.raises(InvalidDocumentError, match=rf"\.{field if field != 'kind' else 'name'}"):
        build(**{field: value})
