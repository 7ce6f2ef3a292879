"""The pinned workloads and baselines; changed only together with a decision record.

Admission: 200,000 penalties of about 800 bytes in five batches of 40,000, about 60,000 subjects of
which half are known beforehand. Baseline: binary COPY of the very rows that admission wrote into
copies of the same tables, which hold what those held before and have the same indexes, on the same
server, in the same run.

Spreadsheets: a workbook of 100,000 penalties, every cell a text, in the columns of the template;
one row in twenty has one defect. Baseline: the very same rows as JSON Lines. Compared is what the
publisher's tool does with the file of either kind: read it, make every record line and check it,
name what is wrong and write the rows to fix, from the file on disk to the bytes of the to-fix file,
each in a process of its own. What follows (sealing, sending, the node) is the same bytes for both
and is left out, so that it cannot dilute the ratio.

Reading: a million records (``million.py``), 2,000 subjects drawn evenly (``reading.py``). Baseline:
one indexed query for the same subject that returns the stored bytes (``serving.py``).
"""

import random
from collections.abc import Iterator
from hashlib import sha256

from signing.record import encode_record

SHEET_ROWS = 100_000
BAD_EVERY = 20
RECORDS = 200_000
SUBJECTS = 60_000
BATCH = 40_000
SEED = 20190124

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = [3**i % 31 for i in range(17)]
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_WORDS = ("建设", "电器", "食品", "物流", "化工", "机械", "纺织", "餐饮", "贸易", "科技")
_CITIES = (("340200", "芜湖"), ("320100", "南京"), ("341100", "滁州"), ("321100", "镇江"))


def unified_code(number: int, division: str = "340200", kind: str = "91") -> str:
    """Return a well-formed unified code (both check digits right) for a number below 10^6."""
    body = f"MB{number:06d}"
    total = sum(int(char, 36) * weight for char, weight in zip(body, _ORG_WEIGHTS, strict=True))
    digit = 11 - total % 11
    code = f"{kind}{division}{body}{'X' if digit == 10 else digit % 11}"
    check = sum(_ALPHABET.index(char) * w for char, w in zip(code, _WEIGHTS, strict=True))
    return code + _ALPHABET[(31 - check % 31) % 31]


AUTHORITY = unified_code(1, kind="11")


def subject(number: int) -> dict[str, str]:
    """Return subject ``number``: plainly invented."""
    division, city = _CITIES[number % len(_CITIES)]
    word = _WORDS[number % len(_WORDS)]
    return {
        "kind": "organisation",
        "name": f"{city}虚构{word}{number}号有限公司",
        "uscc": unified_code(number, division),
        "legal_representative": f"示例{number % 997}",
    }


def penalties(first: int, count: int, subjects: range) -> Iterator[bytes]:
    """Yield record lines (no LF) of about 800 bytes; deterministic for the same arguments."""
    chooser = random.Random(SEED + first)
    for number in range(first, first + count):
        day = 1 + number % 28
        main: dict[str, object] = {
            "v": 1,
            "type": "penalty",
            "id": f"w{number}",
            "salt": sha256(f"salt {number}".encode()).hexdigest()[:32],
            "subject": subject(chooser.choice(subjects)),
            "authority": {
                "name": "芜湖市市场监督管理局",
                "uscc": AUTHORITY,
                "kind": "市场监督管理部门",
            },
            "source_unit": {"name": "芜湖市市场监督管理局"},
            "decided_on": f"2026-05-{day:02d}",
            "publication": "public",
            "severity": {"class": "general", "organ": "芜湖市市场监督管理局", "rule": "示例标准"},
            "provenance": {"kind": "original"},
            "procedure": "ordinary",
            "decision_no": f"芜市监罚〔2026〕{number}号",
            "violation_type": "产品质量违法行为",
            "facts": f"当事人第{number}批产品经检验不符合标准。",
            "basis": "《产品质量法》第四十九条",
            "kinds": ["罚款"],
            "content": "罚款两千元。",
            "fine_wan_yuan": "0.2",
            "effective_until": f"2027-05-{day:02d}",
        }
        yield encode_record(main)


_DEFECTS = (
    ("处罚决定日期", "昨天"),
    ("罚款金额(万元)", "两千元"),
    ("处罚有效期", "2020-01-01"),
    ("违法事实", "无"),
    ("行政相对人代码_1(统一社会信用代码)", "9.13402E+17"),
)


def sheet_rows(count: int) -> Iterator[dict[str, str]]:
    """Yield rows of the penalty template by header; one in twenty has one of five defects."""
    for number in range(count):
        day = 1 + number % 28
        about = subject(number % SUBJECTS)
        row = {
            "行政相对人名称": about["name"],
            "行政相对人类别": "法人及非法人组织",
            "行政相对人代码_1(统一社会信用代码)": about["uscc"],
            "法定代表人": about["legal_representative"],
            "行政处罚决定书文号": f"芜市监罚〔2026〕{number}号",
            "违法行为类型": "产品质量违法行为",
            "违法事实": f"当事人第{number}批产品经检验不符合标准。",
            "处罚依据": "《产品质量法》第四十九条",
            "处罚类别": "罚款",
            "处罚内容": "罚款两千元。",
            "罚款金额(万元)": "0.2",
            "处罚决定日期": f"2026/5/{day}",
            "处罚有效期": f"2027年5月{day}日",
            "公示截止期": f"2027-05-{day:02d}",
            "处罚机关": "芜湖市市场监督管理局",
            "处罚机关统一社会信用代码": AUTHORITY,
            "数据来源单位": "芜湖市市场监督管理局",
            "数据来源单位统一社会信用代码": AUTHORITY,
            "失信信息类别": "一般",
            "类别认定单位": "芜湖市市场监督管理局",
            "类别认定依据": "示例标准",
            "处罚程序": "普通程序",
        }
        if number % BAD_EVERY == 0:
            header, wrong = _DEFECTS[number // BAD_EVERY % len(_DEFECTS)]
            row[header] = wrong
        yield row
