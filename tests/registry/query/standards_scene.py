"""Records about standards as their organs and publishers would state them."""

from tests.registry.query.scene import other

NANJING_OFFICE = {
    "name": "南京市市场监督管理局",
    "uscc": "11320100MA2320178R",
    "kind": "市场监督管理部门",
    "division": "320100",
}
OFFICE_SUBJECT = {
    "kind": "organisation",
    "name": "南京市市场监督管理局",
    "uscc": "11320100MA2320178R",
}
PUBLISHER = {"kind": "organisation", "name": "国家标准示例发布机构"}
SHARED = {"severity": {"class": "unclassified"}, "decided_on": "2026-01-10"}
ANHUI = "DB34/T 5037"
"""A standard of Anhui: by law a basis in 芜湖 and 滁州, in 南京 where it is recognised."""


def _made(kind: str, /, **members: object) -> dict[str, object]:
    return other(kind, **{"subject": PUBLISHER, **SHARED, **members})


def standard(number: str = f"{ANHUI}-2016", **members: object) -> dict[str, object]:
    title = "建筑工程施工质量评价标准"
    stated = {"number": number, "title": title, "obligation": "voluntary"}
    dates = {"issued_on": "2016-08-18", "effective_on": "2017-04-01"}
    return _made("standard", **{**stated, **dates, **members})


def notice(number: str, event: str = "void", **members: object) -> dict[str, object]:
    stated = {"number": number, "event": event, "effective_on": "2026-06-01"}
    return _made("standard_notice", **{**stated, "instrument": "示例公告2026年第1号", **members})


def recognition(number: str = f"{ANHUI}-2016", **members: object) -> dict[str, object]:
    stated = {"number": number, "use": "tender", "territory": "320100", "route": "tender_document"}
    stated |= {"degree": "full", "instrument": "宁市监标〔2026〕1号", "products": ["房屋建筑工程"]}
    stated |= {"in_force_from": "2026-02-01", "authority": NANJING_OFFICE}
    return _made("standard_recognition", **{"subject": OFFICE_SUBJECT, **stated, **members})


def change(target: object, number: str, what: str, on: str, **members: object) -> dict[str, object]:
    stated = {"target": target.target, "number": number, "change": what, "effective_on": on}
    stated |= {"instrument": "宁市监标〔2026〕9号", "reasons": "示例理由", "decided_on": on}
    stated |= {"authority": NANJING_OFFICE, "subject": OFFICE_SUBJECT}
    return _made("recognition_change", **{**stated, **members})


def acceptance(number: str, **members: object) -> dict[str, object]:
    stated = {"number": number, "use": "certification", "territory": "320100", "results": "test"}
    stated |= {"degree": "full", "instrument": "宁市监检〔2026〕2号", "products": ["房屋建筑工程"]}
    stated |= {"in_force_from": "2026-02-01", "authority": NANJING_OFFICE}
    return _made("result_acceptance", **{"subject": OFFICE_SUBJECT, **stated, **members})


def comparison(a: str, b: str, **members: object) -> dict[str, object]:
    limit = {"direction": "most", "value": "50", "unit": "mg/L"}
    row = {"indicator": "化学需氧量", "relation": "same", "a": limit, "b": limit}
    stated = {"a": a, "b": b, "product": "排水", "rows": [row]}
    stated |= {"reviewer": "示例专家", "reviewed_on": "2026-01-05"}
    return _made("standard_comparison", **{**stated, **members})


def laboratory(method: str, **members: object) -> dict[str, object]:
    stated = {"mark": "CMA", "certificate_no": "210000000001", "valid_from": "2025-01-01"}
    stated |= {"valid_until": "2030-12-31", "items": [{"item": "水泥", "method": method}]}
    return _made("laboratory_scope", **{**stated, **members})


def result(number: str, **members: object) -> dict[str, object]:
    stated = {"kind": "test", "report_no": "R-1", "number": number, "product": "水泥"}
    stated |= {"laboratory": "示例检测有限公司", "laboratory_uscc": "91340200MA00000231"}
    stated |= {"licence_no": "210000000001", "issued_on": "2026-01-04", "conclusion": "conforms"}
    return _made("conformity_result", **{**stated, **members})


def group_use(number: str, into: str, **members: object) -> dict[str, object]:
    stated = {"number": number, "into": into, "extent": "whole", "instrument": "示例公告2号"}
    return _made("group_standard_use", **{**stated, "effective_on": "2026-03-01", **members})


def declaration(number: str, **members: object) -> dict[str, object]:
    stated = {"number": number, "product": "水泥", "declared_on": "2026-01-09"}
    return _made("self_declaration", **{**stated, **members})


def case(number: str, **members: object) -> dict[str, object]:
    stated = {"about": "recognition", "number": number, "territory": "320100", "reasons": "示例"}
    stated |= {"receiver": NANJING_OFFICE, "asked_on": "2026-01-08", "use": "tender"}
    return _made("standard_case", **{**stated, **members})
