"""What two members and the office state: each thing that is counted, once or twice."""

from datetime import date

from tests.registry.quality.scene import Region
from tests.registry.query.scene import act, firm, other, penalty, permit, registration, uscc
from tests.registry.world import NANJING, REGION, WUHU

JUNE, JULY = date(2026, 6, 10), date(2026, 7, 6)


async def tell(region: Region) -> None:
    """Two members, each thing that is counted once or twice, in the hardest order."""
    twice = {"decision_no": "芜市监罚〔2026〕77号", "subject": firm(7)}
    late, *_ = await region.state(
        WUHU,
        JUNE,
        penalty(decided_on="2026-06-09", published_on="2026-06-10", **twice),
        permit(subject=firm(2), decided_on="2026-06-10", valid_from="2026-06-10"),
        penalty(subject={"kind": "natural_person", "name": "示例甲"}),
        penalty(subject={"kind": "organisation", "name": "没有代码的示例单位"}),
        penalty(subject=firm(3), publicity_until="2020-01-01"),  # contradicts: quarantine
    )
    (objection,) = await region.state(
        WUHU,
        date(2026, 6, 12),
        other(
            "objection",
            target=late.target,
            subject=firm(7),
            about="record",
            received_on="2026-06-08",
            grounds="对事实有异议",
            decided_on="2026-06-08",
            severity={"class": "unclassified"},
        ),
    )
    answered = {"outcome": "rejected", "consequence": "none", "reasons": "经核实，事实认定无误。"}
    await region.state(
        WUHU,
        JULY,
        act("objection_outcome", objection, "2026-06-30", subject=firm(7), **answered),
        act("repair", late, "2026-07-01", subject=firm(7)),
        act("withdrawal", late, "2026-07-06"),
        penalty(subject=firm(2), decided_on="2026-06-30", published_on="2026-07-30"),  # late
    )
    # What stands in other logs comes after: registrations, and the same penalty once more.
    await region.state(
        NANJING,
        JULY,
        registration(subject=firm(2)),
        registration(
            subject={"kind": "organisation", "name": "示例", "organisation_code": uscc(7)[8:17]}
        ),
        penalty(decided_on="2026-06-09", authority=the_organ(), **twice),
        penalty(
            subject=firm(9),
            provenance={"kind": "relayed", "source": "信用中国", "checked_on": "2026-07-01"},
        ),
        other(
            "objection_outcome",
            target={**late.target},
            **answered,
            effective_on="2026-07-02",
            decided_on="2026-07-02",
            severity={"class": "unclassified"},
        ),
    )

    await region.state(
        REGION,
        JULY,
        {**penalty(), "type": "nothing", "source_unit": {"name": "某单位"}},
        {**penalty(), "source_unit": 5},
    )


def the_organ() -> dict[str, object]:
    return {"name": "芜湖市市场监督管理局", "kind": "市场监督管理部门", "division": "340200"}
