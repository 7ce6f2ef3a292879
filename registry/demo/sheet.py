"""A clerk's sheet of the day for the tour: three penalties of 芜湖, one of them with a slip."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from registry.demo.enterprises import Enterprise
from registry.demo.facts import BY_CODE
from registry.demo.organs import organ

_HEADER: Final = (
    *("行政相对人名称", "行政相对人类别", "行政相对人代码_1(统一社会信用代码)", "法定代表人"),
    *("行政处罚决定书文号", "违法行为类型", "违法事实", "处罚依据", "处罚类别", "处罚内容"),
    *("罚款金额(万元)", "处罚决定日期", "处罚有效期", "公示截止期"),
    *("处罚机关", "处罚机关统一社会信用代码", "数据来源单位", "数据来源单位统一社会信用代码"),
)
_DATES: Final = (
    ("2026/11/18", "2027/11/18", "2029/11/18"),
    ("2026/11/19", "2025/11/19", "2029/11/19"),  # the slip: effective until before the decision
    ("2026/11/20", "2027/11/20", "2029/11/20"),
)


def penalties_sheet(enterprises: Sequence[Enterprise]) -> bytes:
    """Return the double-publicity template filled in for three enterprises, as CSV."""
    office = organ("market", BY_CODE["340200"])
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    for number, dates in enumerate(_DATES):
        firm = enterprises[number]
        writer.writerow(
            (
                *(firm.name, "法人及非法人组织", firm.uscc, firm.representative),
                *(f"示例芜市监〔2026〕{9001 + number}号", "发布虚假广告", "示例事实"),
                *("《中华人民共和国广告法》第五十五条", "罚款", "罚款2万元", "2", *dates),
                *(office["name"], office["uscc"], office["name"], office["uscc"]),
            )
        )
    return text.getvalue().encode("utf-8-sig")
