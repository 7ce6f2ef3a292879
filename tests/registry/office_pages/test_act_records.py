"""What the region's office pages make of a form: an act as a record, the list in force."""

import asyncio
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from registry.errors import NotFoundRefusal, Refusal
from registry.ingest.checks import check_line
from registry.office_pages.acts_page import Sent, _adopting, _encoded, _suspending
from registry.office_pages.list_page import FILE_MAX, _decoded, _national
from registry.rules.defects import RuleBookError
from registry.rules.model import Adoption, FactRef
from signing.record import encode_record
from tests.registry.ingest.samples import decoded

CASES: list[dict[str, Any]] = msgspec.yaml.decode(
    Path(__file__).with_name("acts.yaml").read_bytes(), type=list[dict[str, Any]]
)
ON = date(2026, 11, 27)
MEMBER = "341100"
USES = [SimpleNamespace(key=key, order=at) for at, key in enumerate(("m-one", "m-two"))]
RULE = cast("Any", SimpleNamespace(key="R02", edition="2026-1", by_matter={"": USES}))


def errors(main: dict[str, object]) -> list[str]:
    line = encode_record({**main, "id": "a" * 32, "salt": "b" * 32}, None)
    return [one.code for one in check_line(line, set()).findings if one.level == "error"]


def sent(case: dict[str, Any]) -> Sent:
    form = dict(msgspec.to_builtins(case["form"]))
    if "long" in case:
        name, number = case["long"]
        form[name] = "长" * number
    return Sent(**form)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_an_adoption_is_a_sound_record_of_the_member_or_refused(case):
    if "refused" in case:
        with pytest.raises(Refusal) as refused:
            _adopting(sent(case), RULE, MEMBER, ON)
        assert refused.value.detail_code == case["refused"]
        return
    main = _adopting(sent(case), RULE, MEMBER, ON)
    for name, value in msgspec.to_builtins(case["made"]).items():
        assert main.get(name) == value
    assert (main["territory"], main["rule"], main["edition"]) == (MEMBER, "R02", "2026-1")
    assert main["authority"] == main["source_unit"]
    assert cast("Any", main["authority"])["division"] == MEMBER, "it binds nobody else"
    assert errors(main) == []
    line = _encoded(main)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert b'"id"' not in line, "the member's tool gives it one"


ADOPTED = Adoption(
    "R02", "2026-1", MEMBER, "滁州市示例办", "滁示〔2026〕1号", date(2026, 5, 1),
    ref=FactRef("registry.example/chuzhou", 4, "a4", "ab" * 64),
)  # fmt: skip


class Reads:
    async def record(self, origin: str, idx: int, _on: date) -> Any:
        assert (origin, idx) == ("registry.example/chuzhou", 4)
        return SimpleNamespace(view=SimpleNamespace(record=decoded("adoption")))


def suspending(adoption: Adoption = ADOPTED, **form: str) -> dict[str, object]:
    data = Sent(**{"instrument": "滁示〔2026〕2号", **form})
    return asyncio.run(_suspending(cast("Any", Reads()), data, adoption, ON))


@pytest.mark.parametrize(
    ("until", "kept"),
    [("", None), ("2026-11-27", "2026-11-27"), ("2027-02-28", "2027-02-28")],
    ids=["until-further-notice", "for-today", "until-a-day"],
)
def test_a_rule_is_suspended_by_the_organ_that_adopted_it_from_today(until, kept):
    main = suspending(until=until)
    assert main.get("until") == kept
    assert (main["effective_on"], main["ground"]) == ("2026-11-27", "authority")
    assert main["target"] == {
        "origin": "registry.example/chuzhou", "id": "a4", "entry": "ab" * 64,
    }  # fmt: skip
    adopted = decoded("adoption")
    assert cast("Any", main["authority"])["name"] == adopted.authority.name
    assert errors(main) == []


@pytest.mark.parametrize("until", ["2026-11-26", "2025-11-27", "2026-02-30", "soon"])
def test_it_is_not_suspended_until_a_day_that_is_over_or_none(until):
    with pytest.raises(Refusal):
        suspending(until=until)


def test_what_is_no_record_is_not_suspended():
    plain = Adoption("R02", "2026-1", MEMBER, "x", "x", date(2026, 5, 1))
    with pytest.raises(NotFoundRefusal):
        suspending(plain)
    with pytest.raises(Refusal) as refused:
        suspending(instrument=" ")
    assert refused.value.detail_code == "form-incomplete"


# ------------------------------------------------------------------ yearly lists


def catalogue(edition: str, start: str, until: str = "", scope: str = "CN") -> Any:
    end = date.fromisoformat(until) if until else msgspec.UNSET
    effective = SimpleNamespace(start=date.fromisoformat(start), until=end)
    return SimpleNamespace(scope=scope, edition=edition, effective=effective)


@pytest.mark.parametrize(
    ("lists", "edition"),
    [
        ([], None),
        ([("2025", "2025-01-01")], "2025"),
        ([("2025", "2025-01-01"), ("2026", "2026-01-01")], "2026"),
        ([("2026", "2026-01-01"), ("2025", "2025-01-01")], "2026"),
        ([("2026", "2026-01-01"), ("2027", "2027-01-01")], "2026"),
        ([("2026", "2026-01-01"), ("2026b", "2026-11-27")], "2026b"),
        ([("2026", "2026-01-01"), ("2026b", "2026-11-28")], "2026"),
        ([("2026", "2026-01-01", "2026-11-27"), ("2025", "2025-01-01")], "2025"),
        ([("2026", "2026-01-01", "2026-11-28"), ("2025", "2025-01-01")], "2026"),
        ([("2025", "2025-01-01", "2025-12-31")], "2025"),
        ([("2027", "2027-01-01")], "2027"),
        ([("js", "2026-01-01", "", "320000"), ("2025", "2025-01-01")], "2025"),
        ([("js", "2026-01-01", "", "320000")], None),
    ],
    ids=[
        *("none", "one", "the-newer", "in-any-order", "not-yet", "from-today", "from-tomorrow"),
        *("ended-today", "ends-tomorrow", "all-have-ended", "none-has-begun"),
        *("a-province-s-beside-it", "a-province-s-alone"),
    ],
)
def test_the_national_list_is_that_in_force_else_the_newest(lists, edition):
    book = cast("Any", SimpleNamespace(catalogues=[catalogue(*one) for one in lists]))
    found = _national(book, ON)
    assert (None if found is None else found.edition) == edition


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("措施,类别".encode("gb18030"), "not-utf-8"),
        ("措施,类别".encode("utf-16"), "not-utf-8"),
        (b"\xff", "not-utf-8"),
        (b"x" * (FILE_MAX + 1), "too-large"),
    ],
    ids=["gb18030", "utf-16", "half-a-character", "too-large"],
)
def test_a_list_that_cannot_be_read_says_so_in_both_languages(body, said):
    with pytest.raises(RuleBookError) as refused:
        _decoded("2027.csv", body)
    (defect,) = refused.value.defects
    assert (defect.code, defect.file) == (said, "2027.csv")
    assert defect.zh != defect.en


def test_a_list_is_read_as_it_was_saved():
    assert _decoded("a.csv", "措施\r\n".encode()) == "措施\r\n"
    assert _decoded("a.csv", b"") == ""
    assert len(_decoded("a.csv", b"x" * FILE_MAX)) == FILE_MAX
