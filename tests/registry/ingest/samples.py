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
    "compulsion": _common(
        type="compulsion",
        decision_no="芜市监强〔2026〕7号",
        compulsion="measure",
        kind="查封场所、设施或者财物",
        facts="现场发现涉嫌不合格的电线产品。",
        basis="《中华人民共和国产品质量法》第十八条",
        object="电线产品三十卷",
        valid_from="2026-03-10",
        valid_until="2026-04-09",
    ),
    "inspection": _common(
        type="inspection",
        inspection="random",
        item="产品标识抽查",
        inspected_on="2026-03-09",
        result="problem",
        found="部分产品未标注生产日期。",
        handling="责令改正",
        notice_no="芜市监检〔2026〕2号",
    ),
    "sampling": _common(
        type="sampling",
        product={"name": "电线", "model": "BV 2.5", "lot": "20260101"},
        sampled_on="2026-02-20",
        result="failed",
        stage="first",
        test_body="示例质检院",
        report_no="示检〔2026〕88号",
        failed_items=["导体电阻"],
    ),
    "commitment": _common(
        type="commitment",
        commitment="approval",
        matter="食品经营许可告知承诺",
        committed_on="2026-03-10",
        content="承诺所提交材料真实，按期补正。",
        valid_until="2026-09-10",
    ),
    "evaluation": _common(
        type="evaluation",
        publication="government",
        scheme="公共信用综合评价（GB/T 45255-2025）",
        grade="B",
        evaluated_on="2026-03-10",
        valid_until="2027-03-09",
    ),
    "honour": _common(
        type="honour",
        title="市长质量奖",
        level="municipal",
        awarded_on="2026-03-01",
        reason="质量管理成绩突出",
        decision_no="芜政〔2026〕11号",
        list="quality-award",
    ),
    "per_mu": _common(
        type="per_mu",
        publication="government",
        year=2025,
        scheme="工业企业资源集约利用综合评价办法",
        pool="340200",
        inputs=[
            {
                "indicator": "亩均税收",
                "value": "15",
                "unit": "万元/亩",
                "base": "20",
                "weight": "45",
            }
        ],
        grade="B",
        score="79",
        rank=120,
        pool_size=800,
        adjustments=[{"points": "-3", "reason": "安全生产扣分", "organ": "芜湖市应急管理局"}],
    ),
    "amendment": _common(
        type="amendment",
        target=_TARGET,
        replacement={"id": "a2", "entry": "cd" * 64},
        effective_on="2026-04-01",
        changed="罚款金额由2万元更正为0.2万元",
    ),
    "stay": _common(
        type="stay",
        target=_TARGET,
        ground="reconsideration",
        effective_on="2026-04-01",
        until="2026-06-30",
        ordered_by="芜湖市人民政府",
        decision_no="芜政复停〔2026〕1号",
    ),
    "reorganisation_shield": _common(
        type="reorganisation_shield",
        target=_TARGET,
        mode="hidden",
        court="芜湖市中级人民法院",
        plan_approved_on="2026-03-01",
        effective_on="2026-03-10",
        until="2028-03-09",
        decision_no="（2026）皖02破1号",
    ),
    "objection": _common(
        type="objection",
        target=_TARGET,
        about="measure",
        received_on="2026-03-09",
        grounds="该措施不适用于本企业的投标。",
        received_by="南京市公共信用信息中心",
        measure="tender-ban",
        territory="320100",
    ),
    "objection_outcome": _common(
        type="objection_outcome",
        target=_TARGET,
        outcome="upheld",
        consequence="removed",
        effective_on="2026-03-20",
        reasons="经核实，当事人主体认定有误。",
        decision_no="芜市监异〔2026〕4号",
    ),
    "performance": _common(
        type="performance",
        target=_TARGET,
        result="broken",
        effective_on="2026-09-11",
        facts="逾期未补正材料。",
    ),
    "erasure_order": _common(
        type="erasure_order",
        publication="authorised",
        target=_TARGET,
        part="both",
        basis="《中华人民共和国个人信息保护法》第四十七条",
        effective_on="2026-03-10",
        decision_no="芜信删〔2026〕1号",
    ),
    "measure_use": _common(
        type="measure_use",
        publication="government",
        measure="tender-ban",
        rule="R02",
        edition="2026-1",
        territory="320100",
        matter="tender",
        matter_name="示例路道路改造工程施工招标",
        handled_on="2026-05-10",
        result="applied",
        reasons="投标人在列入期内。",
        causes=[_TARGET],
        decision="0" * 64,
    ),
    "measure_task": _common(
        type="measure_task",
        publication="government",
        cause=_TARGET,
        measure="tender-ban",
        rule="R02",
        edition="2026-1",
        territory="320100",
        nexus="running_project_here",
        due_on="2026-03-31",
    ),
    "measure_feedback": _common(
        type="measure_feedback",
        publication="government",
        task=_TARGET,
        result="not_applicable",
        answered_on="2026-03-20",
        reasons="该企业在本市无在建项目。",
    ),
    "measure_reply": _common(
        type="measure_reply",
        publication="government",
        about=_TARGET,
        measure="m-key-supervision",
        rule="R06",
        edition="2026-1",
        territory="320100",
        result="applied",
        answered_on="2026-03-20",
        reasons="已列为重点监管对象。",
    ),
    "authorisation": _common(
        type="authorisation",
        publication="authorised",
        third_party={"name": "南京示例市政工程有限公司", "uscc": "91320100MA0000015Q"},
        purpose="工程分包资格审查",
        sections=["penalty", "permit"],
        valid_from="2026-03-10",
        valid_until="2026-06-09",
    ),
    "report_request": _common(
        type="report_request",
        publication="authorised",
        requested_on="2026-03-10",
        purpose="上市申请",
        period_from="2023-03-10",
        period_until="2026-03-10",
        sections=["penalty", "list_entry"],
        deliver_by="2026-03-17",
    ),
    "penalty_push": _common(
        type="penalty_push",
        publication="government",
        cause=_TARGET,
        receiver={"name": "南京市市场监督管理局", "division": "320100"},
        territory="320100",
        pushed_on="2026-03-12",
    ),
    "penalty_push_reply": _common(
        type="penalty_push_reply",
        publication="government",
        push=_TARGET,
        result="shown",
        answered_on="2026-03-20",
    ),
    "risk_alert": _common(
        type="risk_alert",
        product={"name": "电线", "lot": "20260101"},
        level="high",
        risk="导体电阻偏大，有起火风险。",
        measures="停止销售并召回。",
        alerted_on="2026-03-10",
        territories=["320100"],
        answer_by="2026-03-24",
    ),
    "risk_reaction": _common(
        type="risk_reaction",
        publication="government",
        alert=_TARGET,
        result="found_and_recalled",
        reacted_on="2026-03-20",
        text="辖区内两家门店共下架12卷。",
    ),
    "clue_transfer": _common(
        type="clue_transfer",
        publication="government",
        receiver={"name": "南京市市场监督管理局", "division": "320100"},
        territory="320100",
        clue="trademark",
        facts="在本市查获的假冒商品，生产地在南京。",
        basis="市场监督管理行政处罚程序规定",
        transferred_on="2026-03-10",
        answer_by="2026-03-24",
        transfer_no="芜市监移〔2026〕3号",
        evidence=[
            {"name": "照片.zip", "sha256": "0" * 64, "size": 10, "media_type": "application/zip"}
        ],
    ),
    "clue_reply": _common(
        type="clue_reply",
        publication="government",
        clue=_TARGET,
        result="accepted",
        answered_on="2026-03-15",
        case_no="宁市监立〔2026〕9号",
    ),
    "negative_list_item": _common(
        type="negative_list_item",
        edition="2025年版",
        item_no="100001",
        category="prohibited",
        item="法律、法规、国务院决定等明确设立且与市场准入相关的禁止性规定",
        measures="禁止准入",
        organ="国家发展改革委",
        in_force_from="2025-04-24",
    ),
    "standard": _common(
        type="standard",
        number="GB/T 2260-2007",
        title="中华人民共和国行政区划代码",
        obligation="voluntary",
        issued_on="2007-11-14",
        effective_on="2008-02-01",
        state="in_force",
        replaces=[{"number": "GB/T 2260-2002", "extent": "whole"}],
        adopts=[{"number": "ISO 3166-2:1998", "degree": "MOD"}],
        references=["GB/T 10114-2003", "GB/T 7407"],
        ics=["35.040"],
        ccs=["A24"],
        owner="全国信息分类与编码标准化技术委员会",
    ),
    "standard_notice": _common(
        type="standard_notice",
        number="GB/T 2260-2002",
        event="replaced",
        effective_on="2008-02-01",
        instrument="示例国家标准公告2007年第11号",
        by="GB/T 2260-2007",
    ),
    "standard_comparison": _common(
        type="standard_comparison",
        a="DB3201/T 9902-2025",
        b="DB3402/T 9903-2022",
        product="预拌混凝土",
        rows=[
            {
                "indicator": "28天抗压强度",
                "relation": "stricter_a",
                "a": {"direction": "least", "value": "32", "unit": "MPa", "method": "GB/T 50081"},
                "b": {"direction": "least", "value": "30000", "unit": "kPa"},
            },
            {
                "indicator": "标识",
                "relation": "only_b",
                "b": {"direction": "words", "text": "应标明生产批号", "clause": "7.1"},
            },
        ],
        reviewer="示例标准化研究院",
        reviewed_on="2026-03-01",
        evidence=[
            {
                "name": "比对报告.pdf",
                "sha256": "1" * 64,
                "size": 10,
                "media_type": "application/pdf",
            }
        ],
    ),
    "standard_recognition": _common(
        type="standard_recognition",
        number="DB3201/T 9902-2025",
        use="supervision",
        territory="340200",
        route="local_standard",
        degree="conditional",
        instrument="芜市监标〔2026〕1号",
        products=["预拌混凝土"],
        in_force_from="2026-04-01",
        in_force_until="2029-03-31",
        review_by="2028-04-01",
        conditions=["须提交按该标准出具的检验检测报告"],
        stands_for="DB3402/T 9903-2022",
        counterpart="DB3402/T 9903-2022",
        counterpart_territory="320100",
        comparison=_TARGET,
    ),
    "recognition_change": _common(
        type="recognition_change",
        target=_TARGET,
        number="DB3201/T 9902-2025",
        change="suspended",
        effective_on="2026-09-10",
        instrument="芜市监标〔2026〕9号",
        reasons="标准修订期间暂停适用。",
        review_by="2026-12-10",
    ),
    "result_acceptance": _common(
        type="result_acceptance",
        number="DB3201/T 9902-2025",
        use="supervision",
        territory="340200",
        results="test",
        degree="full",
        instrument="芜市监标〔2026〕2号",
        products=["预拌混凝土"],
        in_force_from="2026-04-01",
        marks=["CMA"],
        months=12,
        origins=["320100"],
    ),
    "laboratory_scope": _common(
        type="laboratory_scope",
        mark="CMA",
        certificate_no="示例CMA0001",
        valid_from="2024-01-01",
        valid_until="2029-12-31",
        items=[{"item": "混凝土", "method": "GB/T 50081-2019", "parameter": "抗压强度"}],
    ),
    "conformity_result": _common(
        type="conformity_result",
        kind="test",
        report_no="示检〔2026〕101号",
        number="DB3201/T 9902-2025",
        product="预拌混凝土",
        laboratory="南京示例检测有限公司",
        laboratory_uscc="91320100MA0000015Q",
        licence_no="示例CMA0001",
        issued_on="2026-03-10",
        conclusion="conforms",
        methods=["GB/T 50081-2019"],
        sample="C30试块三组",
        sampled_on="2026-02-20",
        tested_on="2026-03-01",
        evidence=[
            {"name": "报告.pdf", "sha256": "2" * 64, "size": 10, "media_type": "application/pdf"}
        ],
    ),
    "group_standard_use": _common(
        type="group_standard_use",
        number="T/EXAMPLE 001-2025",
        into="DB3402/T 9901-2026",
        extent="part",
        clauses="第5章",
        instrument="芜市监标〔2026〕3号",
        effective_on="2026-04-10",
    ),
    "self_declaration": _common(
        type="self_declaration",
        number="Q/340200EX 001-2026",
        product="示例电线",
        declared_on="2026-03-10",
        results=["示检〔2026〕101号"],
    ),
    "standard_case": _common(
        type="standard_case",
        publication="government",
        about="recognition",
        number="DB3201/T 9902-2025",
        territory="340200",
        receiver={"name": "芜湖市市场监督管理局", "division": "340200"},
        asked_on="2026-03-10",
        reasons="产品已按该标准生产三年。",
        use="supervision",
        product="预拌混凝土",
        evidence=[
            {"name": "材料.zip", "sha256": "3" * 64, "size": 10, "media_type": "application/zip"}
        ],
    ),
    "standard_case_step": _common(
        type="standard_case_step",
        publication="government",
        case=_TARGET,
        step="decided",
        done_on="2026-03-20",
        degree="conditional",
        result=_TARGET,
    ),
}


def main(kind: str = "penalty", /, **changes: object) -> dict[str, object]:
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
    kind: str = "penalty",
    /,
    restricted: Mapping[str, object] | None = None,
    **changes: object,
) -> bytes:
    """Return a record line with a salt of its own."""
    value = {**main(kind, **changes), "salt": f"{next(_COUNT):032x}"}
    part = None if restricted is None else {"salt": f"{next(_COUNT):032x}", **restricted}
    return encode_record(value, part)


def decoded(kind: str, /, **changes: object) -> AnyRecord:
    """Return a decoded clean record."""
    return decode_main(line(kind, **changes))
