"""Coverage and logs: what is here, how fresh it is, what is not, and where else to look."""

from registry.query.coverage import ELSEWHERE, Kinds
from registry.store.reading import LogReading
from signing.merkle import EMPTY_ROOT
from tests.registry.query.scene import NANJING, REGION, WUHU, listing, penalty, registration
from tests.registry.world import ELSEWHERE as CHUZHOU
from tests.registry.world import NOON


async def test_coverage_names_members_kinds_gaps_and_other_sites(scene):
    await scene.one(WUHU, registration())
    await scene.one(WUHU, listing())
    coverage = await scene.reader.coverage()
    assert coverage.at == NOON
    assert [(c.code, c.name, c.origin, c.size, c.as_of) for c in coverage.cities] == [
        ("340200", "芜湖市", WUHU, 2, NOON),
        ("320100", "南京市", NANJING, 0, None),
        ("341100", "滁州市", CHUZHOU, 0, None),
    ]
    assert [c.kinds for c in coverage.cities] == [{"registration", "wage-arrears"}, set(), set()]
    assert coverage.kinds == ("登记注册信息", "拖欠农民工工资失信联合惩戒对象名单")
    assert coverage.kinds_en == ("Registration", "Arrears of migrant workers' wages")
    for missing in ("行政处罚信息", "失信被执行人名单", "裁判文书", "重大税收违法失信主体"):
        assert missing in coverage.kinds_missing
    assert len(coverage.kinds_missing) == len(coverage.kinds_missing_en)
    assert coverage.elsewhere == ELSEWHERE
    assert [name for name, _ in ELSEWHERE] == [
        "信用中国",
        "国家企业信用信息公示系统",
        "中国执行信息公开网",
        "中国政府采购网",
    ]


class Counted(LogReading):
    """Counts how often the kinds are read."""

    count = 0

    async def kinds(self) -> frozenset[tuple[int, str, str]]:
        self.count += 1
        return await super().kinds()


async def test_kinds_are_read_again_only_after_an_admission(scene):
    reading = Counted(scene.node.db.pool)
    kinds = Kinds(reading)
    assert await kinds.present(await reading.known()) == frozenset()
    await scene.one(WUHU, registration())
    present = await kinds.present(await reading.known())
    assert ({one[1:] for one in present}, reading.count) == ({("registration", "")}, 2)
    assert await kinds.present(await reading.known()) == present
    assert reading.count == 2  # nothing was admitted since


async def test_logs_are_those_of_the_charter_in_its_order(scene):
    await scene.state(WUHU, penalty(), penalty(fine_wan_yuan="x"))
    logs = await scene.reader.logs()
    assert [log.origin for log in logs] == [WUHU, NANJING, REGION, CHUZHOU]
    wuhu, nanjing = logs[:2]
    assert (wuhu.member, wuhu.member_name, wuhu.size) == ("340200", "芜湖市", 2)
    assert (wuhu.quarantined, wuhu.updated_at) == (1, NOON)
    assert wuhu.checkpoint.count("\n— ") == 2  # signed by the log, cosigned by the mirror
    publisher = scene.publishers[WUHU]
    assert wuhu.root == publisher.tree.root().hex()
    assert (nanjing.size, nanjing.root, nanjing.checkpoint) == (0, EMPTY_ROOT.hex(), "")
    assert nanjing.updated_at is None


async def test_earlier_checkpoints_are_there_the_newest_first(scene):
    for _ in range(2):
        await scene.one(WUHU, penalty())
    newest, first = await scene.reader.checkpoints(WUHU)
    assert (newest.size, first.size) == (2, 1)
    assert newest.root == scene.publishers[WUHU].tree.root().hex()
    assert newest.at == NOON
    assert await scene.reader.checkpoints(NANJING) == ()
    assert await scene.reader.checkpoints("no.example/log") == ()
