"""The pinned workloads and baselines; changed only together with a decision record.

Admission: 200,000 penalties of about 800 bytes in five batches of 40,000, about 60,000 subjects of
which half are known beforehand. Baseline: binary COPY of the very rows that admission wrote into
copies of the same tables, which hold what those held before and have the same indexes, on the same
server, in the same run.
"""

import random
from collections.abc import Iterator
from hashlib import sha256

from signing.record import encode_record

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
