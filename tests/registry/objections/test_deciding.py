"""Drafts that fit or do not, what follows from one, whose own file it is, without a database."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from registry.access.asker import PUBLIC, Asker
from registry.clock import SHANGHAI
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.errors import NotGrantedRefusal, Refusal, UnauthorisedRefusal
from registry.objections import intake, letters
from registry.objections.deciding import Deciding, _said
from registry.objections.intake import KEPT_DAYS, own_subject
from registry.objections.letters import number_of, read_letter
from registry.objections.model import ABOUTS, Draft, Wish
from registry.query.views import RecordView
from registry.store.objections import KeptObjection
from signing.errors import UnknownKeyError
from tests.registry.ingest.samples import decoded
from tests.registry.objections.samples import NEW, like
from tests.registry.objections.test_wishes import day, table, why

NAMES = {"340200": "芜湖市", "320100": "南京市"}


class _Charter:
    parties = tuple(SimpleNamespace(code=code) for code in NAMES)

    def party_by_code(self, code: str) -> Any:
        if code not in NAMES:
            raise UnknownKeyError(en=code, zh=code)
        return SimpleNamespace(name=NAMES[code])


def desk(on: object = "2026-11-24", hour: int = 10) -> Deciding:
    """A desk in whose database nothing is read, at an hour of a day in Shanghai."""
    at = datetime.combine(day(on), datetime.min.time(), SHANGHAI) + timedelta(hours=hour)
    parts = (SimpleNamespace(pool=None), SimpleNamespace(charter=_Charter()))
    return Deciding(*cast("Any", parts), cast("Any", SimpleNamespace(now=lambda: at)))


def drafted(case: dict[str, Any]) -> Draft:
    long = {"text": "长" * case["long"]} if "long" in case else {}
    return Draft(**{"text": "", **case["draft"], **long}, by="key:a")


def given(case: dict[str, Any]) -> KeptObjection:
    one = case.get("given", {})
    measure = {"measure": "限制投标", "territory": "320100"} if "about" in one else {}
    return like(**measure, **one)


@pytest.mark.parametrize("case", table("deciding"), ids=why)
def test_a_draft_fits_how_far_it_is_and_is_whole(case):
    draft, room = drafted(case), desk(case.get("day", "2026-11-24"))
    if "refused" in case:
        with pytest.raises(Refusal) as refused:
            room._whole(given(case), draft)
        assert refused.value.detail_code == case["refused"]
        assert refused.value.zh != refused.value.en
        return
    made = room._whole(given(case), draft)
    for name, value in case["whole"].items():
        assert getattr(made, name) == value
    assert (made.act, made.by, made.outcome) == (draft.act, "key:a", draft.outcome)


@pytest.mark.parametrize("case", table("follows"), ids=why)
def test_what_follows_from_an_approval(case):
    made = dict(desk(case["day"])._follows(given(case), drafted(case)))
    assert (made.pop("pending"), made.pop("draft")) == ("", "")
    kept = made.pop("kept_until", None)
    assert made == case["then"]
    assert (kept is not None) is (case["then"].get("stage") == "closed")
    if kept is not None:
        assert (kept - datetime.combine(day(case["day"]), datetime.min.time(), SHANGHAI)).days == (
            KEPT_DAYS
        )


@pytest.mark.parametrize(
    "case", [one for one in table("follows") if "stage" in one["then"]], ids=why
)
def test_the_letter_says_what_was_decided_and_nothing_else(case):
    draft, room = drafted(case), desk(case["day"])
    after = like(**{**given_of(case), **case["then"]})
    kind = letters_of(draft)
    letter = read_letter(room._letter(kind, after, _said(after, draft)))
    assert letter is not None
    text = "".join(pair[0] for pair in letter.paragraphs)
    assert ("标注" in text) is (draft.act in {"accept", "decide"} and after.about != "measure")
    assert ("撤回公示" in text) is (draft.consequence == "removed")
    assert ("予以更正" in text) is (draft.consequence == "corrected")
    assert "{" not in text
    assert (letter.organ, letter.on) == ("芜湖市", day(case["day"]))
    for word in ("黑名单", "判定", "洗白", "信用良好"):
        assert word not in text


def given_of(case: dict[str, Any]) -> dict[str, Any]:
    one = case.get("given", {})
    return {"measure": "限制投标", "territory": "320100", **one} if "about" in one else one


def letters_of(draft: Draft) -> letters.Kind:
    kinds: dict[str, letters.Kind] = {
        "accept": "accepted", "decline": "declined", "extend": "extended", "decide": "reply",
    }  # fmt: skip
    return kinds[draft.act]


# ------------------------------------------------------------------ taking in


def view(kind: str = "penalty", /, **changes: object) -> RecordView:
    record = decoded(kind, **changes)
    return RecordView(NEW.origin, 3, "340200", "芜湖市", record, "ab" * 64, ())


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("penalty", {}, "行政处罚信息（芜市监罚〔2026〕123号 罚款、没收违法所得）"),
        ("penalty", {"decision_no": "芜市监罚(2026)1-2号", "kinds": ["警告"]},
         "行政处罚信息（芜市监罚(2026)1-2号 警告）"),
        ("permit", {}, "行政许可信息（准予行政许可决定书（普通））"),
        ("registration", {}, "登记注册信息"),
        ("list_entry", {"list": "some-list-of-later"}, "some-list-of-later）"),
    ],
)  # fmt: skip
def test_a_record_is_named_by_its_kind_and_its_own_words(kind, changes, said):
    headline = intake._headline(decoded(kind, **changes))
    assert said in headline
    assert 0 < len(headline) <= 200


def test_a_headline_is_bounded():
    long = intake._headline(decoded("penalty", kinds=["罚" * 60] * 5))
    assert len(long) == 200


def test_an_objection_to_a_record_goes_to_its_member_and_organ():
    now = datetime(2026, 11, 27, 16, 30, tzinfo=UTC)
    one = intake._about(view(), Wish("record", "x", "甲", "1"), date(2026, 11, 28), now)
    assert (one.member, one.department) == ("340200", "芜湖市市场监督管理局")
    assert (one.stage, one.version, one.about) == ("received", 1, "record")
    assert (one.received_on, one.accept_by, one.decide_by) == (
        date(2026, 11, 28), date(2026, 12, 2), date(2026, 12, 8),
    )  # fmt: skip
    assert len(one.id) == 32
    assert one.id != intake._about(view(), Wish("record", "x", "甲", "1"), now.date(), now).id
    assert (one.mark_by, one.reply_by, one.closed_on, one.kept_until) == (None,) * 4


def test_one_to_a_measure_goes_where_it_was_applied_and_to_no_department():
    wish = Wish("measure", "x", "甲", "1", "限制参加投标", "320100")
    one = intake._about(view(), wish, date(2026, 11, 23), NEW.filed_at)
    assert (one.member, one.department, one.territory) == ("320100", "", "320100")
    assert one.organ == "芜湖市市场监督管理局", "whose record it was is told all the same"
    assert desk().names(one) == ("南京市", "南京市")
    assert desk().names(like(member="340100")) == ("340100", ""), "a member that has left"


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        ("2026-11-23T00:00:00+08:00", 86_400),
        ("2026-11-23T15:59:59+00:00", 1),
        ("2026-11-23T16:00:00+00:00", 86_400),
        ("2024-02-28T20:00:00+00:00", 72_000),
        ("2026-12-31T23:59:59.900000+08:00", 1),
        ("2026-11-23T12:00:00-05:00", 82_800),
    ],
)
def test_the_day_is_over_at_midnight_in_shanghai(moment, seconds):
    assert intake._left_of_the_day(datetime.fromisoformat(moment)) == seconds


def test_what_was_written_is_kept_as_long_as_one_may_sue():
    late = desk("2026-12-31", hour=23).closing()
    assert late["stage"] == "closed"
    assert late["closed_on"] == date(2026, 12, 31)
    kept = late["kept_until"]
    assert kept is not None
    assert kept.astimezone(SHANGHAI).date() == date(2027, 7, 3), "no less than six months"
    leap = desk("2023-12-31").closing()["kept_until"]
    assert leap is not None
    assert leap.date() == date(2024, 7, 2)
    after_midnight = desk("2026-11-24", hour=0).closing()
    assert after_midnight["closed_on"] == date(2026, 11, 24), "in UTC it is still the day before"


@pytest.mark.parametrize(
    ("role", "limits"),
    [
        (Role.CLERK, {"member": "340200"}),
        (Role.REGULATOR, {"member": "340200", "territories": ("340200",)}),
        (Role.THIRD_PARTY, {"subject": "1" * 32, "party": "91320100MA00000000"}),
        (Role.AUDITOR, {}),
        (Role.REGION, {}),
    ],
)
def test_only_the_subject_itself_has_objections_of_its_own(role, limits):
    with pytest.raises(NotGrantedRefusal) as refused:
        own_subject(Asker(Grant(role, **limits), "key:x"))
    assert refused.value.detail_code == "not-a-subject"
    with pytest.raises(UnauthorisedRefusal):
        own_subject(PUBLIC)
    assert own_subject(Asker(Grant(Role.BUSINESS, subject="1" * 32), "key:x")) == "1" * 32


@pytest.mark.parametrize(
    ("year", "member", "count", "number"),
    [
        (2026, "340200", 1, "异〔2026〕340200-0001号"),
        (2026, "320481", 999, "异〔2026〕320481-0999号"),
        (2027, "340200", 9_999, "异〔2027〕340200-9999号"),
        (2027, "340200", 10_000, "异〔2027〕340200-10000号"),
    ],
)
def test_numbers_go_on_when_four_digits_are_used_up(year, member, count, number):
    assert number_of(year, member, count) == number
    for kind, form in letters.FORMS.letter.items():
        reply_by = date(2026, 11, 30)
        one = like(number=number, forwarded="某局", reply_by=reply_by)
        letter = read_letter(letters.write(kind, one, ("芜湖市", ""), (NEW.filed_at, reply_by)))
        assert letter is not None
        assert letter.number == number.replace("异〔", f"异{form.mark}〔")
        assert letter.to != ("", "")


def test_every_thing_that_can_be_disputed_has_its_words_in_letters():
    assert tuple(letters.FORMS.about) == ABOUTS
    for pair in (*letters.FORMS.about.values(), *letters.FORMS.outcome.values()):
        assert pair[0] != pair[1]
        assert pair[1].isascii()
    for form in letters.FORMS.letter.values():
        for zh, en in form.paragraphs:
            assert places(zh) == places(en), "both texts say the same"


def places(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}
