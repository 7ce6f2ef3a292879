"""Real registrations: all of them become records, none with an error."""

from collections import Counter

import pytest

from registry.errors import MalformedRefusal
from registry.forms.enterprises import read_capital, read_enterprises
from registry.forms.files import fill
from registry.ingest.checks import check_line, check_lines
from signing.record import encode_record

HEADER = ",".join(
    [
        *("name", "code", "code_kind", "check_ok", "registered_on"),
        *("entity_type_raw", "capital_raw", "province", "city", "admin_code"),
    ]
)


def rows(*lines):
    return list(read_enterprises("\n".join((HEADER, *lines)).encode()))


def test_a_registration():
    ((city, row),) = rows(
        "芜湖示例建设有限公司,91340200MA00000231,uscc,1,2015-06-01,有限责任公司,"
        '"1,200.50(万元人民币)",安徽,芜湖,340200'
    )
    assert city == "芜湖"
    assert row.row == 2
    assert row.main["capital"] == {"text": "1,200.50(万元人民币)", "wan_yuan": "1200.5"}
    assert row.main["entity_type"] == "有限责任公司"
    assert row.main["provenance"]["kind"] == "relayed"
    assert row.column("/subject/uscc") == "code"
    checked = check_line(encode_record(fill(row.main, "0" * 32), None), set())
    assert checked.findings == ()


def test_old_numbers_traders_and_repeated_codes():
    found = rows(
        "甲厂,3402001000016,regno13,,1990-01-01,集体所有制,-,安徽,芜湖,340200",
        "乙店,92340500MA23405745,uscc,1,2016-01-01,,,安徽,马鞍山,340500",
        "乙店,92340500MA23405745,uscc,1,2016-01-01,,,安徽,马鞍山,340500",
        "丙户,340200600000011,regno15,1,1999-01-01,个体工商户,5万,安徽,芜湖,340200",
    )
    mains = [row.main for _, row in found]
    assert mains[0]["subject"]["registration_no"] == "3402001000016"
    assert "capital" not in mains[0]
    assert [main["subject"]["kind"] for main in mains] == [
        "organisation",
        "sole_trader",
        "sole_trader",
        "sole_trader",
    ]
    assert mains[2]["id"] == f"{mains[1]['id']}-2"
    assert [item.code for item in found[2][1].findings] == ["repeated-row"]
    assert "3" in found[2][1].findings[0].zh
    assert mains[3]["capital"] == {"text": "5万"}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("309.7100(万元人民币)", "309.71"),
        ("200(万元)", "200"),
        ("2188万人民币", "2188"),
        ("1,000(万人民币元)", "1000"),
        ("50(万美元)", None),
        ("50(万元美元)", None),
        ("50(万)", None),
        ("约五十万元", None),
    ],
)
def test_capital_as_typed(text, amount):
    assert read_capital(text) == {"text": text} | ({"wan_yuan": amount} if amount else {})


def test_missing_columns_are_named():
    with pytest.raises(MalformedRefusal, match="admin_code"):
        list(read_enterprises(b"name,code\n"))
    with pytest.raises(MalformedRefusal):
        list(read_enterprises(b""))


@pytest.mark.slow
def test_all_real_registrations(shared_data):
    data = (shared_data / "uscc/enterprises.csv").read_bytes()
    cities: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    lines = []
    for number, (city, row) in enumerate(read_enterprises(data)):
        cities[city] += 1
        codes.update(item.code for item in row.findings)
        lines.append(encode_record(fill(row.main, f"{number:032x}"), None))
    for checked in check_lines(lines, set()):
        assert checked.ok, checked.findings
        codes.update(item.code for item in checked.findings)
    assert cities == {
        "南京": 19045,
        "滁州": 3716,
        "镇江": 3488,
        "芜湖": 3435,
        "扬州": 2973,
        "马鞍山": 2469,
        "宣城": 2364,
        "淮安": 970,
    }
    assert codes["repeated-row"] == 2
    assert codes["uscc-check"] == 1
    assert codes["uscc-orgcode-check"] == 2
    assert set(codes) == {
        "repeated-row",
        "uscc-check",
        "uscc-orgcode-check",
        "division-unknown",
        "division-zone",
        "division-retired",
    }
