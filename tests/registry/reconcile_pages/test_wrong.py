"""What nobody should send to the reconcile, and that each is refused by name and breaks nothing."""

import pytest

from tests.registry.reconcile_pages.test_walk import upload
from tests.registry.reconciling.scene import row, sheet
from tests.registry.workbench.conftest import Office, works

pytestmark = works


@pytest.mark.parametrize("run", ["%00", "0" * 32, "x" * 3000, "..%2F", "%F0%9F%98%80"])
async def test_a_run_that_is_none_is_not_found(office: Office, run):
    for place in (f"/reconcile/{run}", f"/reconcile/{run}/report"):
        assert (await office.ask("clerk", "GET", place)).status_code in {400, 404}, place


async def test_what_is_done_about_no_difference_is_refused(office: Office):
    place = await upload(office, sheet([row(777_001)]))
    for number in ("0", "-1", "99", "2147483648", "9223372036854775808"):
        data = {"act": "note", "number": number, "note": "已办"}
        answer = await office.ask("clerk", "POST", place, data=data)
        assert answer.status_code in {400, 404}, number
    for data in ({"act": "erase"}, {"act": ""}, {"act": "note", "number": "1", "note": " "}):
        assert (await office.ask("clerk", "POST", place, data=data)).status_code in {400, 404}
    for after in ("-1", "2147483648", "9" * 40, "x"):
        seen = await office.ask("clerk", "GET", place, params={"after": after, "kind": "?"})
        assert seen.status_code in {200, 400}, after
