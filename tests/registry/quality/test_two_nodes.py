"""A node that follows counts what the home counts: the same days, though it came later."""

from datetime import timedelta

from registry.quality.follower import Counting
from registry.store.quality import QualityStore
from signing.record import encode_record
from tests.registry.exchange.region import HOME, LOG, open_region
from tests.registry.quality.reading import EVER
from tests.registry.query.scene import firm, penalty, registration
from tests.registry.world import NODE, Publisher


async def test_both_nodes_come_to_the_same(postgres_server, migrated_template, tmp_path):
    async with open_region(postgres_server, migrated_template, tmp_path) as region:
        home, publisher = await region.open(HOME), Publisher(LOG)
        decided = {"decided_on": "2026-11-20", "subject": firm(1)}
        await home.publish(publisher, [encode_record(penalty(**decided)), b"no record"])
        region.clock.ahead += timedelta(days=9).total_seconds()
        more = [penalty(**decided, procedure="simple"), registration(subject=firm(1))]
        await home.publish(publisher, [encode_record(main) for main in more])
        region.clock.ahead += timedelta(days=40).total_seconds()
        here = await region.open(NODE)
        assert await here.follow() == ""
        rows = []
        for node in (home, here):
            assert await Counting(node.db, node.resources.charter).catch_up() == 4
            store = QualityStore(node.db.pool)
            rows.append([await store.cells(*EVER, units=units) for units in (False, True)])
        assert rows[0] == rows[1]
        months = {row[1].isoformat() for row in rows[0][0]}
        assert months == {"2026-11-01", "2026-12-01"}  # of the home's receipts, not of January
