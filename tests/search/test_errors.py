"""Every error of the library says what, where in HTTP, and both texts."""

from search.errors import SearchError


def _all(root: type[SearchError]) -> list[type[SearchError]]:
    return [root, *(deeper for child in root.__subclasses__() for deeper in _all(child))]


def test_every_error_carries_its_own_code_and_both_titles() -> None:
    classes = _all(SearchError)
    assert len({one.code for one in classes}) == len(classes) == 5
    for one in classes:
        assert one.code.startswith("search-")
        assert 400 <= one.status < 600
        assert not one.title_zh.isascii()
        assert one.title_en.isascii()


def test_both_texts_and_the_exact_reason_travel() -> None:
    error = SearchError(zh="甲", en="a")
    assert (str(error), error.zh, error.en, error.detail_code) == (
        "甲 / a",
        "甲",
        "a",
        "search-error",
    )
    assert SearchError(zh="甲", en="a", code="exact").detail_code == "exact"
