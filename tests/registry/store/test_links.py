"""Judgements on subjects: added only, undone by a further row, refused where they mean nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from registry.errors import NodeError
from registry.store.engine import Database, open_database
from registry.store.links import Links

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ONE, OTHER = b"\1" * 16, b"\2" * 16
BY, WHY = "示例市场监督管理局", "示例理由"


@pytest.fixture
async def db(database) -> AsyncIterator[Database]:
    async with open_database(database.service_url, 2) as opened:
        yield opened


async def rows(db: Database) -> list[tuple[object, ...]]:
    found = await db.pool.fetch(
        "SELECT subject_id, other_id, judgement, judged_by FROM subject_links ORDER BY judged_at"
    )
    return [tuple(row) for row in found]


async def test_each_judgement_is_a_row_and_nothing_is_taken_away(db):
    links = Links(db)
    for judgement, pair in (("same", (ONE, OTHER)), ("different", (OTHER, ONE))):
        await links.judge(pair, judgement, BY, WHY, AT)
    await links.judge((ONE, OTHER), "undone", BY, WHY, AT)
    assert await rows(db) == [
        (ONE, OTHER, judgement, BY) for judgement in ("same", "different", "undone")
    ]
    history = await links.history()
    assert [one.judgement for one in history] == ["undone", "different", "same"]
    assert len({one.judged_at for one in history}) == 3  # of one moment, and yet in order
    assert [one.reason for one in history] == [WHY] * 3
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.pool.execute("DELETE FROM subject_links")


async def test_only_what_stands_by_hand_can_be_undone(db):
    links = Links(db)
    with pytest.raises(NodeError, match="could be undone"):
        await links.judge((ONE, OTHER), "undone", BY, WHY, AT)
    await db.pool.execute(
        "INSERT INTO subject_links VALUES ($1, $2, 'same', 'stated-together', 1, 1, $3)",
        ONE, OTHER, AT,
    )  # fmt: skip
    with pytest.raises(NodeError, match="could be undone"):
        await links.judge((ONE, OTHER), "undone", BY, WHY, AT)
    await links.judge((ONE, OTHER), "different", BY, WHY, AT)
    await links.judge((ONE, OTHER), "undone", BY, WHY, AT)
    with pytest.raises(NodeError, match="could be undone"):
        await links.judge((ONE, OTHER), "undone", BY, WHY, AT)


@pytest.mark.parametrize(
    ("pair", "by", "why", "said"),
    [
        ((ONE, ONE), BY, WHY, "the same subject already"),
        ((ONE, OTHER), "  ", WHY, "who judges and why"),
        ((ONE, OTHER), BY, "", "who judges and why"),
    ],
)
async def test_a_judgement_needs_two_subjects_an_organ_and_a_reason(db, pair, by, why, said):
    with pytest.raises(NodeError, match=said) as refused:
        await Links(db).judge(pair, "same", by, why, AT)
    assert str(refused.value).partition(" / ")[0].strip().endswith(("主体", "为何"))
    assert await rows(db) == []


async def test_history_of_some_subjects(db):
    links = Links(db)
    third = b"\3" * 16
    await links.judge((ONE, OTHER), "same", BY, WHY, AT)
    await links.judge((OTHER, third), "same", BY, WHY, AT)
    assert [one.other for one in await links.history([third])] == [third]
    assert len(await links.history([OTHER])) == 2
    assert await links.history([b"\4" * 16]) == ()


async def test_a_subject_is_named_by_code_or_by_the_digits_of_its_page(db):
    links = Links(db)
    code = "91340200MA00000231"
    with pytest.raises(NodeError, match="is 0 subjects here"):
        await links.subject(code)
    await db.pool.execute(
        "INSERT INTO subjects SELECT substring(sha256('uscc:91340200MA00000231') FOR 16), 'uscc', "
        "$1, 'organisation', 'MA0000023'",
        code,
    )
    row = await links.subject(code)
    assert (row.identifier, row.scheme) == (code, "uscc")
    assert await links.subject(" 91340200ma00000231 ") == row
    assert await links.subject(row.subject_id.hex()) == row
    for nobody in ("", "f" * 32, "某公司"):
        with pytest.raises(NodeError, match="应为一个主体的代码"):
            await links.subject(nobody)
