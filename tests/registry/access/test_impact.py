"""What a draft would change, on a page for the region office and organs; ended since: not shown."""

import msgspec

from registry.domain.disclosure import Role
from registry.query.impact import Gathered, differences, seal_impact
from registry.query.population import parts
from registry.query.survey import Asked, compared
from tests.registry.access.conftest import Desk
from tests.registry.query.scene import (
    NANJING,
    TODAY,
    WUHU,
    act,
    book_files,
    firm,
    listing,
)
from tests.registry.world import node_key

LABOUR = {"name": "芜湖市人力资源和社会保障局", "kind": "人力资源社会保障行政部门"}


async def compare(desk: Desk, url: str) -> None:
    """Write what ``registry rules impact`` would write."""
    files = book_files()
    files["rules.yaml"] = files["rules.yaml"].replace(b"length: P3Y", b"length: P1Y", 1)
    both = await compared(url, desk.scene.node.charter, Asked((), "", TODAY, TODAY), files)
    gathered, data = Gathered(), b""
    async for one in parts(both.survey, 1, differences):
        gathered.add(one)
        data += one.data
    folder = desk.served.resources.settings.data_dir / "impact"
    folder.mkdir()
    key, now = node_key("mirror"), 1_795_000_000
    made = gathered.impact(both, key.name.removesuffix("/mirror"), now)
    (folder / "impact.json").write_bytes(seal_impact(made, key, now))
    (folder / "impact.jsonl").write_bytes(data)
    assert msgspec.json.decode(data.splitlines()[0])["territory"] == "320100"


async def test_organs_read_it_and_of_what_has_ended_since_nothing_is_left(desk: Desk):
    page = "/rules/impact"
    assert "尚未比较过草案" in (await desk.get(page, Role.REGION)).text
    await desk.scene.rules((NANJING, "R02", "320100"))
    names = ("芜湖示例甲公司", "芜湖示例乙公司")
    placed = await desk.scene.state(
        WUHU, *(listing(subject=firm(20 + i, name)) for i, name in enumerate(names))
    )
    await compare(desk, desk.service_url)
    for who in (Role.REGION, Role.REGULATOR, Role.AUDITOR):
        text = (await desk.get(page, who)).text
        assert all(name in text for name in names)
        assert "R02 限制申请财政性资金项目" in text
        assert "2029年3月10日止（含当日） → 管理措施 至2027年3月10日止" in text
        assert "m-funds" not in text
        assert "现行规则汇编" in text
        assert page in (await desk.get("/rules", who)).text
    assert "changed" in (await desk.get(page, Role.REGION, lang="en")).text
    authority = {"subject": firm(20, names[0]), "authority": LABOUR}
    await desk.scene.one(WUHU, act("repair", placed[0], "2026-11-20", **authority))
    text = (await desk.get(page, Role.REGION)).text
    assert names[0] not in text
    assert names[1] in text


async def test_nobody_else_does(desk: Desk):
    assert (await desk.get("/rules/impact")).status_code == 401
    for who in (Role.BUSINESS, Role.PROCURER, Role.OPERATOR):
        assert (await desk.get("/rules/impact", who)).status_code == 403
    assert "/rules/impact" not in (await desk.get("/rules")).text
