"""The master table of lists."""

from datetime import date

from registry.domain.lists import LISTS, is_honour


def test_codes_are_list_codes_and_rows_are_dated():
    assert len(LISTS) >= 20
    for code, row in LISTS.items():
        assert code == row.code
        assert code == code.lower()
        assert code.replace("-", "").isalnum()
        assert row.name_zh
        assert row.name_en
        assert row.rule
        assert row.term
        assert date(2000, 1, 1) < row.since < date(2027, 1, 1)


def test_wording_of_names():
    for row in LISTS.values():
        assert "黑名单" not in row.name_zh
        assert "红名单" not in row.name_zh


def test_honours_only_where_known():
    assert is_honour("tax-grade-a")
    assert is_honour("customs-aeo")
    assert not is_honour("wage-arrears")
    assert not is_honour("anomaly-directory")
    assert not is_honour("no-such-list")
    assert not is_honour(None)
    assert LISTS["court-debtors"].family == "debtor"
    assert LISTS["anomaly-directory"].family == "anomaly"
