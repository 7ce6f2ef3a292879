"""The rulebook in force: the latest whose files are here and say what the record states."""

from datetime import date
from hashlib import sha256

from registry.query import rulebook as rulebooks
from tests.registry.query.scene import (
    NANJING,
    OFFICE,
    REGION,
    WUHU,
    act,
    adoption,
    book_files,
    registration,
    rulebook,
)


def changed() -> dict[str, bytes]:
    """The same book with a word more: another edition with another digest."""
    files = book_files()
    word = "拖欠农民工工资失信联合惩戒对象\n".encode()
    assert word in files["rules.yaml"]
    files["rules.yaml"] = files["rules.yaml"].replace(word, word.strip() + "（修订）\n".encode(), 1)
    return files


async def test_none_before_the_first(scene):
    assert await scene.reader.rulebook() is None
    await scene.one(WUHU, registration())
    assert await scene.reader.rulebook() is None


async def test_the_latest_in_force_on_the_date(scene):
    await scene.rules()
    later = changed()
    await scene.attach(later)
    await scene.one(REGION, rulebook(later, edition="2026-2", effective_from="2026-12-01"))
    assert (await scene.reader.rulebook()).edition == "2026-1"
    assert (await scene.reader.rulebook(date(2026, 12, 1))).edition == "2026-2"
    assert await scene.reader.rulebook(date(2026, 4, 30)) is None
    view = await scene.reader.rulebook()
    assert view.digest == view.book.digest
    assert view.title == "南京都市圈信用联合奖惩规则汇编"


async def test_a_book_without_all_its_files_is_passed_over(scene):
    await scene.rules()
    later = changed()
    await scene.one(REGION, rulebook(later, edition="2026-2"))
    assert (await scene.reader.rulebook()).edition == "2026-1"
    await scene.attach(later)
    assert (await scene.reader.rulebook()).edition == "2026-2"


async def test_a_book_that_says_something_else_than_its_record_is_passed_over(scene):
    await scene.rules()
    later = changed()
    await scene.attach(later)
    await scene.one(REGION, rulebook(later, edition="2026-2", book_digest="ab" * 32))
    assert (await scene.reader.rulebook()).edition == "2026-1"


async def test_a_book_with_a_defect_is_passed_over(scene):
    await scene.rules()
    broken = {**book_files(), "rules.yaml": b"rules: []\n"}
    await scene.attach(broken)
    good = rulebook(edition="2026-2", book_digest="cd" * 32)
    attachments = [
        {**part, "sha256": sha256(broken[part["name"]]).hexdigest()} for part in good["attachments"]
    ]
    await scene.one(REGION, {**good, "attachments": attachments})
    assert (await scene.reader.rulebook()).edition == "2026-1"


async def test_only_the_region_office_publishes_a_book(scene):
    await scene.rules()
    later = changed()
    await scene.attach(later)
    await scene.one(WUHU, rulebook(later, edition="2026-9"))
    assert (await scene.reader.rulebook()).edition == "2026-1"


async def test_a_withdrawn_book_is_in_force_no_more(scene):
    placed = await scene.rules()
    await scene.one(REGION, act("withdrawal", placed, "2026-11-01", subject=OFFICE))
    assert await scene.reader.rulebook() is None
    assert (await scene.reader.rulebook(date(2026, 10, 31))).edition == "2026-1"


async def test_a_kept_reader_sees_new_books_and_adoptions(scene):
    reader = scene.reader
    await scene.rules()
    first = await reader.rulebook()
    assert len(first.adoptions) == 0
    await scene.one(NANJING, adoption("R02", "320100", allows=["m-funds"]))
    second = await reader.rulebook()
    assert [(one.rule, one.member, one.allows) for one in second.adoptions] == [
        ("R02", "320100", ("m-funds",))
    ]
    assert second.book is first.book  # compiled once
    assert len((await reader.rulebook()).adoptions) == 1


async def test_only_so_many_compiled_books_are_kept(scene, monkeypatch):
    monkeypatch.setattr(rulebooks, "_FILES_MAX", 1)
    reader = scene.reader
    await scene.rules()
    first = await reader.rulebook()
    later = changed()
    await scene.attach(later)
    await scene.one(REGION, rulebook(later, edition="2026-2", effective_from="2026-12-01"))
    assert (await reader.rulebook(date(2026, 12, 1))).digest != first.digest
    again = await reader.rulebook()
    assert again.digest == first.digest
    assert again.book is not first.book
