"""The words of a record that tell it from its neighbours of the same type."""

from typing import Final

from registry.domain.lists import LISTS
from registry.domain.records.administrative import Penalty
from registry.domain.records.base import Record
from registry.domain.records.catalogue import KINDS
from registry.domain.records.lists import ListEntry, ListExit

_TITLES: Final = {
    KINDS[kind].record: words
    for kind, words in {
        "permit": "{0.decision_name}（{0.category}）",
        "compulsion": "{0.decision_no} {0.kind}",
        "inspection": "{0.item}",
        "sampling": "{0.product.name}",
        "commitment": "{0.matter}",
        "evaluation": "{0.scheme} {0.grade}",
        "per_mu": "{0.scheme} {0.year} {0.grade}",
        "honour": "{0.title}",
        "risk_alert": "{0.product.name}",
        "measure_use": "{0.matter_name}",
        "measure_reply": "{0.rule} {0.measure}",
        "measure_task": "{0.rule} {0.measure}",
        "authorisation": "{0.third_party.name}",
        "negative_list_item": "{0.edition} {0.item_no}",
        "standard": "{0.number} {0.title}",
        "standard_notice": "{0.number}",
        "standard_comparison": "{0.a} — {0.b}",
        "standard_recognition": "{0.number}（{0.instrument}）",
        "recognition_change": "{0.number}",
        "result_acceptance": "{0.number}（{0.instrument}）",
        "laboratory_scope": "{0.mark} {0.certificate_no}",
        "conformity_result": "{0.report_no} {0.number}",
        "group_standard_use": "{0.number} — {0.into}",
        "self_declaration": "{0.number} {0.product}",
        "standard_case": "{0.number}",
    }.items()
}


def title_of(record: Record) -> str:
    """Return a record's own words in one line; '' where its type says all there is to say."""
    if isinstance(record, Penalty):
        return f"{record.decision_no} {'、'.join(record.kinds)}"
    if isinstance(record, ListEntry | ListExit):
        return LISTS[record.list].name_zh if record.list in LISTS else record.list
    return _TITLES.get(type(record), "").format(record)
