"""One clean record of each type, and how to make a line of it."""

import json
from collections.abc import Mapping
from itertools import count

from registry.domain.records import AnyRecord, decode_main
from signing.record import encode_record

_COUNT = count(1)
ABSENT = object()

_WUHU = {
    "name": "芜湖市市场监督管理局",
    "uscc": "11320100MA2320178R",
    "kind": "市场监督管理部门",
    "division": "340200",
}
_LABOUR = {"name": "芜湖市人力资源和社会保障局", "division": "340200"}
_TARGET = {"origin": "log.example.org/wuhu", "id": "a1", "entry": "ab" * 64}


def _common(**members: object) -> dict[str, object]:
    return {
        "v": 1,
        "id": "0123456789abcdef0123",
        "salt": "0123456789abcdef0123456789abcdef",
        "subject": {
            "kind": "organisation",
            "name": "芜湖示例建设有限公司",
            "uscc": "91340200MA00000231",
            "legal_representative": "张示例",
        },
        "authority": _WUHU,
        "source_unit": _WUHU,
        "decided_on": "2026-03-10",
        "publication": "public",
        "severity": {"class": "unclassified"},
        "provenance": {"kind": "original"},
        **members,
    }


SAMPLES: dict[str, dict[str, object]] = {
    "penalty": _common(
        type="penalty",
        published_on="2026-03-12",
        severity={"class": "general", "organ": "芜湖市市场监督管理局", "rule": "裁量基准第3条"},
        procedure="ordinary",
        decision_no="芜市监罚〔2026〕123号",
        violation_type="生产销售不合格产品",
        facts="当事人生产销售的电线产品经抽样检验不合格。",
        basis="《中华人民共和国产品质量法》第四十九条",
        kinds=["罚款", "没收违法所得"],
        content="罚款20000元，没收违法所得1000元。",
        effective_until="2027-03-10",
        fine_wan_yuan="2",
        confiscated_wan_yuan="0.1",
        publicity_until="2027-03-10",
        field="product_quality",
    ),
    "permit": _common(
        type="permit",
        decision_name="准予行政许可决定书",
        decision_no="芜市监许〔2026〕5号",
        category="普通",
        content="食品生产许可",
        valid_from="2026-03-10",
        valid_until="2031-03-09",
        state="valid",
        permit_no="SC10134020000001",
    ),
    "registration": _common(
        type="registration",
        registered_on="2015-06-01",
        status="active",
        division="340200",
        capital={"text": "200万元人民币", "wan_yuan": "200"},
        former_names=[{"name": "芜湖旧名建设有限公司", "until": "2020-01-01"}],
    ),
    "list_entry": _common(
        type="list_entry",
        authority=_LABOUR,
        source_unit=_LABOUR,
        severity={"class": "serious", "organ": "芜湖市人力资源和社会保障局", "rule": "令第45号"},
        list="wage-arrears",
        listed_on="2026-03-10",
        listed_until="2029-03-10",
        reason="拖欠农民工工资",
        basis="保障农民工工资支付条例第48条",
        named_persons=[{"name": "李示例", "role": "法定代表人"}],
    ),
    "list_exit": _common(
        type="list_exit",
        target=_TARGET,
        list="wage-arrears",
        effective_on="2026-09-10",
        reason="early_removal",
    ),
    "repair": _common(
        type="repair", target=_TARGET, effective_on="2026-09-10", decision_no="芜信修〔2026〕9号"
    ),
    "withdrawal": _common(
        type="withdrawal", target=_TARGET, effective_on="2026-04-01", reason="revoked"
    ),
    "rulebook": _common(
        type="rulebook",
        edition="2026-1",
        title="都市圈联合奖惩规则",
        book_digest="0" * 64,
        effective_from="2026-04-01",
        attachments=[{"name": "r.yaml", "sha256": "0" * 64, "size": 10, "media_type": "text/yaml"}],
    ),
    "adoption": _common(
        type="adoption",
        rule="R02",
        edition="2026-1",
        territory="320100",
        instrument="宁信办〔2026〕1号",
        in_force_from="2026-04-01",
    ),
    "relation": _common(
        type="relation",
        relation="consortium",
        role="牵头人",
        others=[
            {
                "subject": {
                    "kind": "organisation",
                    "name": "南京示例市政工程有限公司",
                    "uscc": "91320100MA0000015Q",
                },
                "role": "联合体成员",
            }
        ],
        valid_from="2026-03-01",
        valid_until="2027-03-01",
        decision_no="示例招〔2026〕3号",
        matter="示例路道路改造工程施工",
    ),
}


def main(kind: str = "penalty", **changes: object) -> dict[str, object]:
    """Return a clean main part; ``a__b`` changes a member of an object, ABSENT removes it."""
    value = json.loads(json.dumps(SAMPLES[kind]))
    for path, change in changes.items():
        *parents, last = path.split("__")
        part = value
        for name in parents:
            part = part[int(name) if isinstance(part, list) else name]
        if change is ABSENT:
            del part[last]
        else:
            part[last] = change
    return value


def line(
    kind: str = "penalty", restricted: Mapping[str, object] | None = None, **changes: object
) -> bytes:
    """Return a record line with a salt of its own."""
    value = {**main(kind, **changes), "salt": f"{next(_COUNT):032x}"}
    part = None if restricted is None else {"salt": f"{next(_COUNT):032x}", **restricted}
    return encode_record(value, part)


def decoded(kind: str, **changes: object) -> AnyRecord:
    """Return a decoded clean record."""
    return decode_main(line(kind, **changes))
