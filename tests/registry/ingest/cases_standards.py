"""A bad example for each thing that can be wrong with a record about standards: code and place."""

from tests.registry.ingest.samples import ABSENT, line

RECOGNITION, RESULT = "standard_recognition", "conformity_result"
REPLACED = [{"number": "GB/T 2260-2002", "extent": "whole"}]
LEAST = {"direction": "least", "value": "30", "unit": "MPa"}


def row(**changes: object) -> bytes:
    """Return a comparison of one row."""
    one = {"indicator": "抗压强度", "relation": "same", "a": LEAST, "b": LEAST, **changes}
    rows = [{key: value for key, value in one.items() if value is not ABSENT}]
    return line("standard_comparison", rows=rows)


STANDARDS: list[tuple[str, str, bytes]] = [
    ("standard-number", "/number", line("standard", number="行政区划代码")),
    ("standard-number", "/references/1", line("standard", references=["GB/T 7407", "某标准"])),
    ("standard-number", "/a", line("standard_comparison", a="GB/T")),
    ("standard-number", "/rows/0/a/method", row(a={**LEAST, "method": "方法甲"})),
    ("standard-number", "/adopts/0/number", line(
        "standard", adopts=[{"number": "某标准", "degree": "MOD"}])),
    ("standard-number", "/replaces/0/number", line(
        "standard", replaces=[{"number": "某标准", "extent": "whole"}])),
    ("standard-not-normal", "/number", line("standard", number="GB/T2260—2007")),
    ("placeholder-value", "/number", line("self_declaration", number="待定")),
    ("placeholder-value", "/products/0", line(RECOGNITION, products=["无"])),
    ("standard-undated", "/number", line("standard", number="GB/T 2260")),
    ("standard-undated", "/methods/0", line(RESULT, methods=["GB/T 50081"])),
    ("standard-undated", "/items/0/method", line(
        "laboratory_scope", items=[{"item": "混凝土", "method": "GB/T 50081"}])),
    ("standard-undated", "/into", line("group_standard_use", into="GB/T 2260")),
    ("obligation-and-number", "/obligation", line("standard", obligation="mandatory")),
    ("obligation-and-number", "/obligation", line(
        "standard", number="GB 2260-2007", replaces=ABSENT)),
    ("year-and-issue", "/issued_on", line("standard", issued_on="2006-11-14")),
    ("state-and-dates", "/state", line("standard", state="upcoming")),
    ("state-and-dates", "/state", line("standard", void_on="2020-01-01")),
    ("state-and-dates", "/state", line("standard", state="void", void_on="2030-01-01")),
    ("contradicting-dates", "/effective_on", line("standard", effective_on="2007-11-13")),
    ("contradicting-dates", "/void_on", line("standard", void_on="2007-12-01", state=ABSENT)),
    ("replaces-itself", "/replaces/0/number", line(
        "standard", replaces=[{"number": "GB/T 2260-2007", "extent": "whole"}])),
    ("replaces-itself", "/replaced_by/0/number", line(
        "standard", replaced_by=[{"number": "GB/T 2260-2007", "extent": "whole"}])),
    ("replaces-itself", "/by", line("standard_notice", by="GB/T 2260-2002")),
    ("replaces-later", "/replaces/0/number", line(
        "standard", replaces=[{"number": "GB/T 2260-2017", "extent": "whole"}])),
    ("replaces-later", "/replaced_by/0/number", line(
        "standard", replaced_by=[{"number": "GB/T 2260-2002", "extent": "part", "clauses": "1"}])),
    ("replaces-each-other", "/replaces/0/number", line(
        "standard", replaces=[{"number": "GB/T 9-2007", "extent": "whole"}],
        replaced_by=[{"number": "GB/T 9-2007", "extent": "whole"}])),
    ("replacement-undated", "/replaces/0/number", line(
        "standard", replaces=[{"number": "GB/T 2260", "extent": "whole"}])),
    ("part-without-clauses", "/replaces/0/extent", line(
        "standard", replaces=[{"number": "GB/T 2260-2002", "extent": "part"}])),
    ("part-without-clauses", "/clauses", line("standard_notice", event="replaced_in_part")),
    ("part-without-clauses", "/extent", line("group_standard_use", clauses=ABSENT)),
    ("adopted-not-foreign", "/adopts/0/number", line(
        "standard", adopts=[{"number": "GB/T 7407-2015", "degree": "MOD"}])),
    ("neq-no-adoption", "/adopts/0/degree", line(
        "standard", adopts=[{"number": "ISO 3166-2:1998", "degree": "NEQ"}])),
    ("eqv-obsolete", "/adopts/0/degree", line(
        "standard", adopts=[{"number": "ISO 3166-2:1998", "degree": "EQV"}])),
    ("notice-by", "/by", line("standard_notice", by=ABSENT)),
    ("notice-by", "/by", line("standard_notice", event="void")),
    ("not-a-group-standard", "/number", line("group_standard_use", number="GB/T 7407-2015")),
    ("into-not-public", "/into", line("group_standard_use", into="T/EXAMPLE 002-2025")),
    ("compared-with-itself", "/b", line("standard_comparison", b="DB3201/T 9902-2025")),
    ("row-sides", "/rows/0/relation", row(b=ABSENT)),
    ("row-sides", "/rows/0/relation", row(relation="only_a")),
    ("indicator-twice", "/rows/1/indicator", line("standard_comparison", rows=[
        {"indicator": "强度", "relation": "only_a", "a": LEAST}] * 2)),
    ("limit-incomplete", "/rows/0/a/direction", row(a={"direction": "most"})),
    ("limit-incomplete", "/rows/0/b/direction", row(b={"direction": "within", "value": "1"})),
    ("limit-incomplete", "/rows/0/b/direction", row(b={"direction": "words"})),
    ("limit-incomplete", "/rows/0/b/direction", row(b={**LEAST, "upto": "31"})),
    ("limit-upside-down", "/rows/0/a/upto", row(
        a={"direction": "within", "value": "9", "upto": "10", "unit": "MPa"} | {"upto": "8.5"})),
    ("unit-one-side", "/rows/0/b/unit", row(b={"direction": "least", "value": "30"})),
    ("unit-one-side", "/rows/0/a/unit", row(a={"direction": "least", "value": "30"})),
    ("quantities-differ", "/rows/0/relation", row(b={**LEAST, "unit": "mm"})),
    ("unit-unreadable", "/rows/0/relation", row(b={**LEAST, "unit": "个半"})),
    ("relation-contradicted", "/rows/0/relation", row(b={**LEAST, "value": "31"})),
    ("relation-contradicted", "/rows/0/relation", row(
        relation="stricter_b", b={**LEAST, "unit": "kPa"})),
    ("suspicious-dates", "/decided_on", line("standard_comparison", reviewed_on="2026-03-11")),
    ("competence-unknown", "/authority/division", line(RECOGNITION, authority__division=ABSENT)),
    ("competence-territory", "/territory", line(RECOGNITION, territory="340000")),
    ("competence-territory", "/territory", line("result_acceptance", territory="320100")),
    ("route-level", "/route", line(
        RECOGNITION, authority__division="340202", territory="340202")),
    ("route-level", "/route", line(RECOGNITION, decided_on="2017-12-31")),
    ("route-level", "/route", line(RECOGNITION, decided_on="1979-12-31")),
    ("route-organ", "/authority/kind", line(
        RECOGNITION, authority__name="芜湖市交通运输局", authority__kind="交通运输部门")),
    ("route-number", "/number", line(RECOGNITION, route="regional_310")),
    ("route-use", "/use", line(RECOGNITION, route="tender_document")),
    ("route-unnamed", "/instrument", line(RECOGNITION, route="scheme")),
    ("standard-does-not-travel", "/territory", line(RECOGNITION, number="DB3201 9902-2025")),
    ("standard-does-not-travel", "/territory", line("result_acceptance", number="DB32 9-2025")),
    ("standard-does-not-travel", "/territory", line(RECOGNITION, number="DBS32 001-2022")),
    ("degree-unfounded", "/reasons", line(RECOGNITION, degree="refused")),
    ("degree-unfounded", "/conditions", line("result_acceptance", degree="conditional")),
    ("degree-unfounded", "/exclusions", line("result_acceptance", degree="partial")),
    ("degree-limited", "/degree", line(RECOGNITION, degree="full")),
    ("counterpart-incomplete", "/counterpart", line(RECOGNITION, counterpart=ABSENT)),
    ("counterpart-incomplete", "/counterpart_territory", line(
        RECOGNITION, counterpart_territory=ABSENT)),
    ("counterpart-own", "/counterpart_territory", line(
        RECOGNITION, counterpart_territory="340200")),
    ("stands-for-itself", "/stands_for", line(RECOGNITION, stands_for="DB3201/T 9902-2025")),
    ("bad-origin", "/comparison/origin", line(RECOGNITION, comparison__origin="wuhu")),
    ("contradicting-dates", "/in_force_until", line(RECOGNITION, in_force_until="2026-03-31")),
    ("contradicting-dates", "/review_by", line(RECOGNITION, review_by="2026-03-31")),
    ("suspicious-dates", "/in_force_from", line(RECOGNITION, in_force_from="2026-03-09")),
    ("suspension-open", "/review_by", line("recognition_change", review_by=ABSENT)),
    ("extension-open", "/until", line("recognition_change", change="extended")),
    ("contradicting-dates", "/until", line("recognition_change", until="2026-09-09")),
    ("unknown-mark", "/marks/1", line("result_acceptance", marks=["CMA", "CMAX"])),
    ("unknown-mark", "/mark", line("laboratory_scope", mark="甲")),
    ("mark-and-result", "/marks/0", line("result_acceptance", marks=["CCC"])),
    ("division-unknown", "/origins/0", line("result_acceptance", origins=["999999"])),
    ("contradicting-dates", "/valid_until", line("laboratory_scope", valid_until="2023-12-31")),
    ("contradicting-dates", "/tested_on", line(RESULT, tested_on="2026-02-19")),
    ("contradicting-dates", "/issued_on", line(RESULT, issued_on="2026-02-28")),
    ("uscc-check", "/laboratory_uscc", line(RESULT, laboratory_uscc="91320100MA0000015R")),
    ("result-incomplete", "/methods", line(RESULT, methods=ABSENT)),
    ("result-incomplete", "/valid_until", line(RESULT, kind="certificate")),
    ("certificate-conclusion", "/conclusion", line(
        RESULT, kind="certificate", conclusion="no_conclusion", valid_until="2029-03-09")),
    ("contradicting-dates", "/valid_until", line("self_declaration", valid_until="2026-03-09")),
    ("case-without-use", "/use", line("standard_case", use=ABSENT)),
    ("range-narrowed", "/publication", line("standard_case", publication="public")),
    ("division-unknown", "/territory", line("standard_case", territory="999999")),
    ("step-degree", "/degree", line("standard_case_step", degree=ABSENT)),
    ("step-degree", "/degree", line("standard_case_step", step="heard")),
    ("step-unexplained", "/text", line("standard_case_step", degree="refused")),
    ("step-unexplained", "/text", line("standard_case_step", step="incomplete", degree=ABSENT)),
    ("bad-origin", "/case/origin", line("standard_case_step", case__origin="wuhu")),
    ("bad-origin", "/result/origin", line("standard_case_step", result__origin="wuhu")),
    ("unknown-activity", "/activities/1", line("negative_list_item", activities=["C", "9999"])),
    ("unknown-activity", "/activities/0", line("negative_list_item", activities=["制造业"])),
    ("unknown-activity", "/activities/0", line("negative_list_item", activities=["A3831"])),
    ("unknown-activity", "/activities/0", line("negative_list_item", activities=["3"])),
    ("industry-unknown", "/industry", line("registration", industry="A38")),
    ("industry-unknown", "/industry", line("registration", industry="制造业")),
]  # fmt: skip
