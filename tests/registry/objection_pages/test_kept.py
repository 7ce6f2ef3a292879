"""What the store does when two are at one objection, and what it never does."""

import asyncio

import asyncpg
import pytest

from registry.access.asker import Asker
from registry.access.keys import Keys
from registry.errors import NotGrantedRefusal
from registry.store.access_keys import KeyStore
from registry.store.objections import Done, KeptLetter
from tests.registry.objection_pages.conftest import Counter
from tests.registry.workbench.conftest import works
from tests.registry.world import NOON, WUHU

pytestmark = works
DONE = Done(NOON, "key:a", "clerk", "forwarded")


async def of_a_measure(counter: Counter, measure: str) -> str:
    """File an objection that no other test has to do with."""
    data = {"about": "measure", "measure": measure, "territory": "320100"}
    return await counter.filed(f"{WUHU}/0", **data)


async def test_of_two_changes_at_once_the_second_does_nothing(counter: Counter):
    case = await of_a_measure(counter, "甲")
    store = counter.desk.store
    one = await store.find(case[-32:])
    assert one is not None
    letter = KeptLetter(0, "forwarded", NOON, "{}")
    assert await store.change(one, {"forwarded": "甲局"}, DONE, letter)
    assert not await store.change(one, {"forwarded": "乙局"}, DONE, letter)
    now = await store.find(case[-32:])
    assert now is not None
    assert (now.forwarded, now.version) == ("甲局", one.version + 1)
    assert len(await store.letters(one.id)) == 2
    assert len(await store.logged(one.id)) == 2
    assert await store.change(now, {}, DONE), "a change of nothing is written down, too"


async def test_two_that_are_filed_at_once_are_one(counter: Counter):
    made = await asyncio.gather(*(of_a_measure(counter, "丁") for _ in range(3)))
    assert len(set(made)) == 1
    assert len(await counter.desk.store.letters(made[0][-32:])) == 1


async def test_letters_contents_files_and_log_are_append_only(counter: Counter):
    case = await of_a_measure(counter, "乙")
    for table in ("letters", "contents", "files", "log"):
        for verb in ("UPDATE objection_{0} SET objection = 'x'", "DELETE FROM objection_{0}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await counter.pool.execute(verb.format(table))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await counter.pool.execute("DELETE FROM objections WHERE id = $1", case[-32:])


async def test_what_is_open_is_never_erased(counter: Counter):
    case = await of_a_measure(counter, "丙")
    await counter.pool.execute(
        "UPDATE objections SET kept_until = '2020-01-01' WHERE id = $1", case[-32:]
    )
    await counter.desk.store.erase()
    assert (await counter.desk.store.contents(case[-32:])).grounds


async def test_an_objection_that_is_none_has_nothing(counter: Counter):
    store = counter.desk.store
    assert await store.contents("0" * 32) == ("", "", "")
    assert await store.find("0" * 32) is None
    assert await store.stated(WUHU, "no-such-record") is None


async def test_only_a_subject_files_for_itself(counter: Counter):
    staff = await counter.office.ask("regulator", "GET", "/objections/new")
    assert staff.status_code == 403
    with pytest.raises(NotGrantedRefusal):
        await counter.desk.of_subject(await _asker(counter, "clerk"), ())


async def _asker(counter: Counter, who: str) -> Asker:
    """Return who shows a key."""
    return await Keys(KeyStore(counter.office.node.db), counter.office.clock).recognise(
        counter.office.keys[who]
    )
