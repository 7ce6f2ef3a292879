"""What of a name is marked as the answer to a question."""

from itertools import pairwise

import pytest

from search.highlight import spans


@pytest.mark.parametrize(
    ("asked", "name", "marked"),
    [
        ("示例建设", "芜湖示例建设有限公司", ["示例建设"]),
        ("华能南京电力", "华能（南京）电力有限公司", ["华能", "南京", "电力"]),
        ("招商證券", "招商证券股份有限公司南京营业部", ["招商证券"]),
        ("招商证券", "招商證券股份有限公司", ["招商證券"]),
        ("３６０数科", "360数科（南京）有限公司", ["360数科"]),
        ("abc 电器", "南京ＡＢＣ电器厂", ["ＡＢＣ电器"]),
        ("南京长江船广", "南京长江船厂", ["南京长江船"]),
        ("扬", "扬州长江船务", ["扬"]),
        ("扬某", "扬州长江船务", []),
        ("（）！", "华能（南京）电力", []),
        ("示例", "", []),
    ],
)
def test_marked(asked, name, marked):
    found = spans(asked, name)
    assert [name[begins:ends] for begins, ends in found] == marked
    assert all(one[1] < other[0] for one, other in pairwise(found))


def test_a_character_that_stands_for_several_is_marked_as_one():
    assert spans("株式会社示例", "㍿示例") == ((0, 3),)
