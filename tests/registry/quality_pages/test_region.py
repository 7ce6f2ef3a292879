"""The region's page over a rulebook in force, as the public sees it."""

import re

from tests.pages.conftest import client, page, reader

__all__ = ["client", "page", "reader"]


def test_adoptions_are_counted_by_member(page):
    text = page("/region")
    assert re.search(r"规则汇编\S+：\d+条规则", text)
    counts = [int(n) for n in re.findall(r'data-label="已采纳规则">(\d+)<', text)]
    assert len(counts) >= 2
    assert max(counts) > 0
    assert "逾期" not in text.split("<main")[1]
    assert "没有待复审的标准认可" in page("/region", level="coordinate")
    assert "Rulebook" in page("/region", lang="en")
