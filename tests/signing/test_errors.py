"""Every error class: a stable code, both languages, and a place in the one tree."""

import re

import pytest

from signing import errors

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, errors.SigningError)
]
TABLES = [errors.RECORD_TEXTS, errors.BATCH_TEXTS, errors.CHARTER_TEXTS, errors.VerifyError.texts]
TABLES += [errors.VOUCHER_TEXTS, errors.BUNDLE_TEXTS, errors.HTTPSIG_TEXTS]


@pytest.mark.parametrize("kind", CLASSES)
def test_codes_are_kebab_case(kind):
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", kind.code)


@pytest.mark.parametrize("table", TABLES)
def test_texts_are_in_both_languages(table):
    for code, (english, chinese) in table.items():
        assert re.fullmatch(r"[a-z]+[a-z0-9]*(-[a-z0-9]+)*", code)
        assert english.isascii()
        assert re.search(r"[一-鿿]", chinese)


def test_details_are_shown_in_both():
    error = errors.BatchError(code="truncated", line=3, detail="2 of 5")
    assert str(error).endswith(": 2 of 5")
    assert error.zh.endswith("：2 of 5")
    assert (error.code, error.line, error.detail) == ("truncated", 3, "2 of 5")
    assert str(errors.RecordError(code="bad-salt")) == errors.RECORD_TEXTS["bad-salt"][0]
