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


def told(files: dict[str, bytes], cases: bytes) -> dict[str, bytes]:
    return {**files, "cases.yaml": cases}


async def test_the_examples_beside_a_book_come_with_it_and_say_which_rule_they_are_about(scene):
    await scene.rules()
    cases = {case.name: case for case in (await scene.reader.rulebook()).cases}
    tender = cases["芜湖企业在镇江投标"]
    assert (tender.place, tender.rules) == ("镇江市", {"R02"})
    assert [fact.list for fact in tender.facts] == ["wage-arrears"]
    assert [one.measure for one in tender.decision.measures] == ["m-tender"]
    assert cases["列入严重违法失信名单期间暂停激励"].rules == {"R06", "R10"}
    assert cases["法定代表人未在决定书载明"].rules == {"R02"}  # nothing follows, which is the point


async def test_examples_that_do_not_hold_or_cannot_be_read_leave_the_rules_alone(scene):
    files = book_files()
    wrong = files["cases.yaml"].replace(b"effect: manage", b"effect: bar")
    for number, cases in enumerate((wrong, b"cases: []\n", b"")):
        other = (
            told(files, cases) if cases else {k: v for k, v in files.items() if "cases" not in k}
        )
        await scene.attach(other)
        await scene.one(REGION, rulebook(other, edition=f"2026-{number + 3}"))
        view = await scene.reader.rulebook()
        assert view.edition == f"2026-{number + 3}"
        names = {case.name for case in view.cases}
        assert "同一企业在镇江申请财政资金" not in names
        assert bool(names) == (number == 0)
    assert view.book.rules


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
    rulebooks._read.cache_clear()  # what all readers of the process share
    again = await reader.rulebook()
    assert again.digest == first.digest
    assert again.book is not first.book
