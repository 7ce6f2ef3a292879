"""What every engine must do; a new one joins by joining the fixture ``engine``."""

from datetime import date

import pytest

from search.certainty import SURE
from search.documents import Document
from search.engine import Engine
from search.errors import InvalidQueryError
from search.query import LIMIT_MAX, TEXT_MAX, Answer, Query

NANJING, WUHU, YANGZHOU = "320100", "340200", "321000"
UNIFIED = "91320104135170699F"


def enterprise(number: int, name: str, **fields: object) -> Document:
    given: dict[str, object] = {"version": 1, "kind": "enterprise", **fields}
    return Document(id=f"{number:032x}", name=name, **given)


CORPUS = (
    enterprise(
        1, "南京朝阳劳动服务有限公司", codes=(UNIFIED,), cities=(NANJING,),
        types=("penalty", "permit"), severities=("general", "serious"),
        dates=(date(2023, 1, 5), date(2024, 6, 30)), numbers=("宁市监罚〔2024〕12号",),
        former_names=("南京向阳劳务有限公司", "江苏省向阳服务社"),
    ),
    enterprise(
        2, "芜湖长江造船厂", codes=("340200000001439",), cities=(WUHU,), types=("permit",),
        dates=(date(2021, 1, 1), date(2021, 1, 1)), numbers=("JY13201040012345",),
    ),
    enterprise(3, "南京长江造船有限责任公司", codes=("13517069-9",), cities=(NANJING, WUHU)),
    enterprise(4, "扬州长江船务股份有限公司", cities=(YANGZHOU,), types=("list_entry",)),
    enterprise(5, "招商证券股份有限公司南京营业部", cities=(NANJING,)),
    enterprise(6, "华能(南京)电力有限公司", cities=(NANJING,)),
    enterprise(7, "360数科（南京）有限公司", cities=(NANJING,)),
    enterprise(8, "扬州市朝阳劳动服务有限公司", cities=(YANGZHOU,)),
)  # fmt: skip


@pytest.fixture
async def filled(engine_to_read: Engine) -> Engine:
    """Give an engine that holds the corpus, for tests that change nothing."""
    if await engine_to_read.count() != len(CORPUS):
        await engine_to_read.upsert(CORPUS)
    return engine_to_read


async def ask(engine: Engine, text: str, **fields: object) -> Answer:
    return await engine.search(Query(text=text, **fields))


def numbers(answer: Answer) -> list[int]:
    return [int(hit.id, 16) for hit in answer.hits]


@pytest.mark.parametrize(
    "text",
    [
        UNIFIED,
        UNIFIED.lower(),
        "９１３２０１０４１３５１７０６９９Ｆ",
        " 91320104 13517069 9F ",
        "91320104-135170699-F",
    ],
)
async def test_a_code_is_met_exactly_however_it_is_typed(filled: Engine, text: str) -> None:
    answer = await ask(filled, text)
    assert numbers(answer) == [1]
    hit = answer.hits[0]
    assert (hit.score, hit.matched, hit.on, hit.reasons) == (1.0, "code", UNIFIED, ("exact-code",))
    assert answer.sure
    assert (answer.read_as, answer.total, answer.total_is_exact) == ("code", 1, True)
    assert answer.degraded is False


@pytest.mark.parametrize("text", ["135170699", "13517069-9", "13517069－9"])
async def test_an_organisation_code_is_met_alone_and_inside_a_unified_code(
    filled: Engine, text: str
) -> None:
    answer = await ask(filled, text)
    assert {int(hit.id, 16): hit.reasons for hit in answer.hits} == {
        1: ("organisation-code-inside",),
        3: ("exact-code",),
    }


async def test_a_code_that_is_not_there_does_not_become_a_name(filled: Engine) -> None:
    for text in ("91320104135170688F", "340200000001400", "MA2N6MUW7"):
        answer = await ask(filled, text)
        assert (answer.hits, answer.total, answer.read_as) == ((), 0, "code")
        assert not answer.sure


@pytest.mark.parametrize(
    "text",
    [
        "91320104135170698F",
        "91320104135170969F",
        "9132010413517069F",
        "913201041351706990F",
        "9I320104135170699F",
    ],
)
async def test_a_code_with_one_slip_is_found_and_named_so(filled: Engine, text: str) -> None:
    for as_name in (False, True):  # what may not be shown is asked for again, as a name
        answer = await ask(filled, text, as_name=as_name)
        assert numbers(answer) == [1]
        hit = answer.hits[0]
        assert (hit.on, hit.reasons) == (UNIFIED, ("code-differs-by-one-slip",))
        assert (answer.read_as, answer.sure, hit.certainty < 1) == ("code", True, True)


@pytest.mark.parametrize(
    ("text", "first", "reason", "read_as"),
    [
        ("南京朝杨劳动服务有限公司", 1, "sounds-the-same", "name"),
        ("南京朝阴劳动服务有限公司", 1, "character-looks-alike", "name"),
        ("南京朝阳劳服务有限公司", 1, "character-missing", "name"),
        ("南京朝阳劳动动服务有限公司", 1, "character-added", "name"),
        ("南京朝阳动劳服务有限公司", 1, "characters-swapped", "name"),
        ("南朝京阳劳动服务有限公司", 1, "characters-swapped", "name"),
        ("南就朝阳劳动服务有限公司", 1, "character-differs", "name"),
        ("南京朝阳劳动服务友限公司", 1, "sounds-the-same", "name"),
        ("南京朝阳劳动服务有公司", 1, "character-missing", "name"),
        ("南京朝阳劳动服有务限公司", 1, "characters-swapped", "name"),
        ("changjiang zaochuan", 3, "pinyin", "pinyin"),
        ("zhangjiang zaochuan", 3, "pinyin", "pinyin"),
        ("nanjing chaoyang laodong fuwu youxian gongsi", 1, "pinyin", "pinyin"),
        ("yangzhoushi chaoyang laodong fuwu", 8, "pinyin", "pinyin"),
        ("changjiang zaochun", 3, "pinyin-differs-by-one-letter", "pinyin"),
        ("nanjng chaoyang laodong fuwu", 1, "pinyin-differs-by-one-letter", "pinyin"),
        ("njcyldfwyxgs", 1, "initials", "initials"),
        ("njcyldfw", 1, "initials", "initials"),
        ("whcjzcc", 2, "initials", "initials"),
        ("南京向阳劳务有线公司", 1, "former-name", "name"),
    ],
)
async def test_a_slip_does_not_hide_a_name(
    filled: Engine, text: str, first: int, reason: str, read_as: str
) -> None:
    answer = await ask(filled, text)
    hit = answer.hits[0]
    assert (int(hit.id, 16), answer.read_as) == (first, read_as)
    assert reason in hit.reasons
    assert answer.sure


@pytest.mark.parametrize(
    "text",
    [
        "南京日升劳动服务有限公司",
        "滁州朝阳劳动服务有限公司",
        "南京朝辉劳动服务有限公司",
        "朝阳劳动服务",
        "zzzqqq",
        "GB/T 2260-2007",
    ],
)
async def test_what_only_resembles_is_no_sure_match(filled: Engine, text: str) -> None:
    answer = await ask(filled, text)
    assert not answer.sure
    assert all(hit.certainty < SURE for hit in answer.hits)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("宁市监罚〔2024〕12号", "宁市监罚〔2024〕12号"),
        ("宁市监罚[2024]12号", "宁市监罚〔2024〕12号"),
        ("寧市監罰（２０２４）第12号", "宁市监罚〔2024〕12号"),
        ("jy1320 1040012345", "JY13201040012345"),
    ],
)
async def test_a_document_number_is_met_exactly(filled: Engine, text: str, on: str) -> None:
    answer = await ask(filled, text)
    assert [(hit.matched, hit.on, hit.score) for hit in answer.hits] == [("number", on, 1.0)]
    assert answer.read_as == "number"


async def test_a_document_number_that_is_not_there_does_not_become_a_name(filled: Engine) -> None:
    answer = await ask(filled, "宁市监罚〔2024〕13号")
    assert (answer.hits, answer.read_as) == ((), "number")


@pytest.mark.parametrize(
    ("text", "first", "reasons"),
    [
        ("南京朝阳劳动服务有限公司", 1, ("exact-name",)),
        ("南京 朝阳 劳动服务有限公司", 1, ("exact-name",)),
        ("南京朝陽勞動服務有限公司", 1, ("same-in-simplified-characters",)),
        ("南京朝阳劳动服务", 1, ("legal-form-missing",)),
        ("南京朝阳劳动服务股份有限公司", 1, ("legal-form-differs",)),
        ("江苏省南京市朝阳劳动服务有限公司", 1, ()),
        ("华能电力有限公司", 6, ("place-missing",)),
        ("华能（南京）电力有限公司", 6, ("exact-name",)),
        ("南京华能电力", 6, ("legal-form-missing",)),
        ("招商證券", 5, ("beginning-of-name",)),
        ("船厂", 2, ("part-of-name",)),
        ("江造船", 3, ("character-missing", "legal-form-missing", "place-missing")),
        ("360数科", 7, ("legal-form-missing", "place-missing")),
        ("扬", 4, ("beginning-of-name",)),
    ],
)
async def test_a_name_is_found_in_every_form(
    filled: Engine, text: str, first: int, reasons: tuple[str, ...]
) -> None:
    answer = await ask(filled, text)
    assert first in numbers(answer)
    hit = next(hit for hit in answer.hits if int(hit.id, 16) == first)
    assert hit.reasons == reasons
    assert answer.hits[0].score == hit.score
    assert answer.read_as == "name"


async def test_the_ladder_is_exact_then_part_then_shared_characters(engine: Engine) -> None:
    await engine.prepare()
    await engine.upsert(
        [
            enterprise(1, "南京长江造船厂有限公司"),
            enterprise(2, "南京金长江船厂有限公司"),
            enterprise(3, "南京长江船厂"),
            enterprise(4, "南京长江船厂机修分厂"),
        ]
    )
    assert numbers(await ask(engine, "南京长江船厂")) == [3, 2, 1, 4]
    slip = await ask(engine, "南京長江船广")
    assert numbers(slip)[0] == 3
    assert slip.hits[0].reasons == ("character-looks-alike",)


async def test_the_place_decides_between_equal_names(filled: Engine) -> None:
    assert numbers(await ask(filled, "扬州朝阳劳动服务有限公司")) == [8, 1]
    other = (await ask(filled, "扬州朝阳劳动服务有限公司")).hits[1]
    assert other.reasons == ("place-differs",)


async def test_a_former_name_is_found_and_named(filled: Engine) -> None:
    answer = await ask(filled, "南京向阳劳务有限公司")
    hit = answer.hits[0]
    assert int(hit.id, 16) == 1
    assert (hit.matched, hit.on) == ("former_name", "南京向阳劳务有限公司")
    assert hit.reasons == ("exact-name", "former-name")
    assert hit.score < 1.0
    second = await ask(filled, "向阳服务社")
    assert second.hits[0].on == "江苏省向阳服务社"


async def test_filters_all_hold_and_values_of_one_are_alternatives(filled: Engine) -> None:
    assert numbers(await ask(filled, "长江", cities=(WUHU,))) == [3, 2]
    assert numbers(await ask(filled, "长江", cities=(WUHU,), types=("permit", "penalty"))) == [2]
    assert numbers(await ask(filled, "长江", types=("list_entry",))) == [4]
    assert numbers(await ask(filled, "长江", types=("permit'; DROP TABLE x --",))) == []
    assert numbers(await ask(filled, UNIFIED, cities=(WUHU,))) == []
    assert numbers(await ask(filled, "朝阳劳动", severities=("serious", "minor"))) == [1]
    assert numbers(await ask(filled, "朝阳劳动", severities=("minor",))) == []


@pytest.mark.parametrize(
    ("date_from", "date_to", "found"),
    [
        (date(2024, 6, 30), None, True),
        (date(2024, 7, 1), None, False),
        (None, date(2023, 1, 5), True),
        (None, date(2023, 1, 4), False),
        (date(2023, 5, 1), date(2023, 5, 1), True),
        (date(2025, 1, 1), date(2025, 12, 31), False),
    ],
)
async def test_the_date_range_includes_both_ends(
    filled: Engine,
    date_from: date | None,
    date_to: date | None,
    found: bool,  # noqa: FBT001 - a table
) -> None:
    answer = await ask(filled, "南京朝阳劳动", date_from=date_from, date_to=date_to)
    assert (numbers(answer) == [1]) is found


async def test_a_document_without_dates_meets_no_date_filter(filled: Engine) -> None:
    answer = await ask(filled, "南京长江造船", date_from=date(1900, 1, 1))
    assert 3 not in numbers(answer)


async def test_pages_are_cut_from_one_order_and_ties_go_by_name_then_id(engine: Engine) -> None:
    await engine.prepare()
    same = [enterprise(number, "南京同名商行") for number in (9, 3, 7)]
    await engine.upsert([*same, enterprise(1, "镇江同名商行"), enterprise(5, "常州同名商行")])
    everything = numbers(await ask(engine, "同名商行", limit=LIMIT_MAX))
    assert everything == [3, 7, 9, 5, 1]
    paged = [
        number
        for offset in range(0, 6, 2)
        for number in numbers(await ask(engine, "同名商行", limit=2, offset=offset))
    ]
    assert paged == everything
    last = await ask(engine, "同名商行", limit=2, offset=100)
    assert (last.hits, last.total, last.total_is_exact) == ((), 5, True)


async def test_upsert_is_idempotent_and_an_older_version_changes_nothing(engine: Engine) -> None:
    await engine.prepare()
    new = enterprise(1, "南京新名有限公司", version=7)
    await engine.upsert([new, new])
    await engine.upsert([new])
    await engine.upsert([enterprise(1, "南京旧名有限公司", version=6)])
    assert await engine.count() == 1
    assert numbers(await ask(engine, "南京新名有限公司")) == [1]
    assert numbers(await ask(engine, "旧名")) == []
    await engine.upsert([enterprise(1, "南京同版有限公司", version=7)])
    assert numbers(await ask(engine, "同版")) == [1]
    assert numbers(await ask(engine, "新名")) == []


async def test_of_one_id_in_one_call_the_newest_counts(engine: Engine) -> None:
    await engine.prepare()
    await engine.upsert(
        [enterprise(1, "南京乙有限公司", version=2), enterprise(1, "南京甲有限公司", version=1)]
    )
    assert (await ask(engine, "南京乙")).hits[0].on == "南京乙有限公司"


async def test_deleted_and_cleared_documents_are_not_found(engine: Engine) -> None:
    await engine.upsert(CORPUS)
    await engine.delete([CORPUS[0].id, "ff" * 16])
    assert numbers(await ask(engine, UNIFIED)) == []
    assert await engine.count() == len(CORPUS) - 1
    await engine.delete([])
    await engine.clear()
    assert await engine.count() == 0
    assert numbers(await ask(engine, "长江")) == []
    await engine.prepare()


async def test_documents_are_read_back_as_they_were_sent(filled: Engine) -> None:
    expected = sorted(CORPUS, key=lambda one: one.id)
    assert await filled.documents("", 100) == expected
    assert await filled.documents(expected[2].id, 3) == expected[3:6]
    assert await filled.documents(expected[2].id[:-1] + "30", 1) == [expected[3]]
    assert await filled.documents(expected[-1].id, 5) == []


HOSTILE = [
    "'; DROP TABLE documents; --",
    "' | 'a' & !'b':*",
    "\\'\\\\",
    '{长江,"}',
    "%_%",
    "(((((",
    "！！！",
    "\x00\x01长江\x00",
    "\ud800",
    "\u202e\u200b",
    "﷽" * TEXT_MAX,
    "长" * TEXT_MAX,
    "江" * 150 + "1",
    "a1 " * 66,
    "\U0010ffff\ue000",
    "NaN 1e999 -1",
    "〔2024〕〔2024〕",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_any_text_within_bounds_is_answered(filled: Engine, text: str) -> None:
    answer = await ask(filled, text)
    assert answer.total >= len(answer.hits)
    assert await filled.count() == len(CORPUS)


async def test_control_characters_do_not_hide_a_name(filled: Engine) -> None:
    assert numbers(await ask(filled, "招商\x00证\u200b券")) == [5]


def test_a_question_out_of_bounds_is_refused_before_any_engine() -> None:
    with pytest.raises(InvalidQueryError):
        Query(text="长" * (TEXT_MAX + 1))


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("南京长", {3}), ("长江", {2, 3, 4}), ("船有", set()), ("江造船", {2, 3}), ("芜湖", {2}),
        ("njc", {3, 1}), ("zhaoshang", {5}), ("nan jing chang", {3}), ("NANJINGCHAO", {1}),
        ("913201041", {1}), ("13517069", {1, 3}), ("91320104-1351", {1}), ("南京向阳", {1}),
        ("360", {7}), ("華能(南", {6}), ("，", set()), ("\x00", set()), ("船" * 300, set()),
    ],
)  # fmt: skip
async def test_what_is_typed_so_far_brings_names_and_codes(
    filled: Engine, typed: str, wanted: set[int]
) -> None:
    assert {int(one, 16) for one in await filled.suggest(typed)} == wanted


async def test_beginnings_go_with_their_document(engine: Engine) -> None:
    named = enterprise(1, "南京旧名商行", codes=(UNIFIED,))
    await engine.upsert([named, enterprise(2, "南京新河商行")])
    assert len(await engine.suggest("南京旧")) == 1
    renamed = enterprise(1, "南京新名商行", version=2, codes=(UNIFIED,))
    await engine.upsert([renamed])
    assert await engine.suggest("南京旧") == ()
    assert len(await engine.suggest("南京新")) == 2
    await engine.delete([renamed.id])
    assert (await engine.suggest("91320104"), len(await engine.suggest("南京新"))) == ((), 1)
