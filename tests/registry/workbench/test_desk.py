"""The way of a file: uploaded, checked, fixed, reviewed, sealed, admitted; each by whom it is."""

from signing.receipt import open_receipt
from tests.registry.workbench.conftest import (
    MARKET,
    WUHU,
    Office,
    plain,
    rows_of,
    sheet,
    works,
)
from tests.registry.world import log_key, node_key

pytestmark = works


async def test_the_way_of_a_file_to_its_receipt(office: Office):
    good, bad = rows_of(1, {}, {"罚款金额(万元)": "两千元"})
    place = await office.upload(sheet([good, bad]))
    first = await office.text("clerk", place)
    assert "可报送 1 行、待修正 1 行" in first
    assert "第3行“罚款金额(万元)”：" in first
    assert "应为：" in first
    assert "依据：" in first
    assert "其余1行可先行报送。" in first
    assert await office.do("clerk", place, "send") == place
    row = await office.ask("clerk", "GET", f"{place}/row/2")
    assert 'aria-invalid="true"' in row.text
    typed = {f"c{at}": text for at, text in enumerate(good.values())}
    typed |= {f"c{at}": text for at, text in enumerate((bad | {"罚款金额(万元)": "0.2"}).values())}
    assert await office.do("clerk", f"{place}/row/2", "save", version="1", **typed) == place
    assert "可报送 1 行、办理中 1 行" in await office.text("clerk", place)
    await office.do("reviewer", f"{place}/parcel/1", "approve")
    await office.do("publisher", f"{place}/parcel/1", "seal")
    await office.settle("desk_parcels", "sealing")
    shown = await office.text("publisher", place)
    assert "已签章并接收" in shown
    note = await office.ask("publisher", "GET", f"{place}/parcel/1/receipt/0")
    receipt = open_receipt(note.content, (log_key(WUHU).vkey,), (node_key("mirror").vkey,))
    assert receipt.size == 1
    kept = await office.node.db.pool.fetchrow(
        "SELECT state, cells, record, idx FROM desk_rows WHERE row = 1 AND submission = $1",
        place.rpartition("/")[2],
    )
    assert tuple(kept) == ("admitted", "[]", b"", 0)
    assert MARKET in shown
    for said in ("上传", "修改、第 2 条、罚款金额(万元)", "送复核", "复核通过", "签章", "接收"):
        assert said in shown, said
    assert plain("<p>a</p>") == " a "
