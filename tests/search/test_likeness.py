"""What one slip weighs: by its kind, and by where it is."""

import pytest

from search.certainty import SURE, certainties
from search.matching import Candidate, match_name
from search.names import normalise


def certain(asked: str, stored: str) -> tuple[bool, tuple[str, ...]]:
    hit = match_name(normalise(asked), Candidate("1", stored, ()))
    assert hit is not None
    return certainties([hit])[0] >= SURE, hit.reasons


@pytest.mark.parametrize(
    ("asked", "stored", "is_sure", "reason"),
    [
        ("南京鑫泉商贸有限公司", "南京鑫源商贸有限公司", False, "character-differs"),
        ("南京鑫源电机广", "南京鑫源电机厂", True, "character-looks-alike"),
        ("南京鑫源商货有限公司", "南京鑫源商贸有限公司", True, "character-differs"),
        ("南京新源商贸有限公司", "南京鑫源商贸有限公司", True, "sounds-the-same"),
        ("南京鑫元商茂有限公司", "南京鑫源商贸有限公司", True, "sounds-the-same"),
        ("南京源鑫商贸有限公司", "南京鑫源商贸有限公司", True, "characters-swapped"),
        ("南京鑫商贸有限公司", "南京鑫源商贸有限公司", True, "character-missing"),
        ("南京鑫源源商贸有限公司", "南京鑫源商贸有限公司", True, "character-added"),
        ("南就鑫源商贸有限公司", "南京鑫源商贸有限公司", True, "character-differs"),
        ("南通鑫源商贸有限公司", "南京鑫源商贸有限公司", False, "place-differs"),
        ("南京鑫源商贸有根公司", "南京鑫源商贸有限公司", True, "character-differs"),
        ("南京鑫源商贸友限公司", "南京鑫源商贸有限公司", True, "sounds-the-same"),
        ("长海", "长江有限公司", False, "character-differs"),
        ("中国银行扬州城东支行", "中国银行扬州城西支行", False, "character-differs"),
        ("南京鑫源建材有限公司", "南京鑫源商贸有限公司", False, "shared-characters"),
    ],
)
def test_a_slip_weighs_by_kind_and_place(
    asked: str,
    stored: str,
    is_sure: bool,  # noqa: FBT001 - a table
    reason: str,
) -> None:
    sure, reasons = certain(asked, stored)
    assert (sure, reasons[0]) == (is_sure, reason)


@pytest.mark.parametrize(
    ("asked", "reasons"),
    [
        ("nanjingxinyuanshangmaoyouxiangongsi", ("pinyin",)),
        ("xinyuanshangmao", ("pinyin", "place-missing")),
        ("xingyuan sangmao", ("pinyin", "place-missing")),
        ("njxysmyxgs", ("initials",)),
        ("njxysm", ("initials",)),
        ("xysm", ("initials",)),
    ],
)
def test_letters_are_compared_with_how_a_name_sounds(asked: str, reasons: tuple[str, ...]) -> None:
    assert certain(asked, "南京鑫源商贸有限公司") == (True, reasons)
    assert match_name(normalise(asked), Candidate("1", "南京长江商贸有限公司", ())) is None
